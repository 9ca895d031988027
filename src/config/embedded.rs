//! The ruleset that is compiled into the binary, and its documentation.
//!
//! The table below is the load order, and the numbers in the names make it the byte order of the
//! names too, so that `--ruleset decoders/ rules/` loads the same. A parent must be loaded before its children and a group
//! before the rules that ask for it (`if_group`, `if_matched_group`), so the rules at the top of the
//! tree come first and those that look at other programs' rules come last. Among decoders, the
//! first whose prematch fits takes the line, so the more special ones come first.

/// The content of files of the repository with their paths.
macro_rules! files {
    ($folder:literal, $extension:literal: $($name:literal)+) => {
        &[$((
            concat!($folder, $name, $extension),
            include_str!(concat!("../../", $folder, $name, $extension)),
        )),+]
    };
}

/// A rule file and the page file beside it share their name, so both come from one table.
macro_rules! families {
    ($($name:literal)+) => {
        const RULES: &[(&str, &str)] = files!("rules/", "_rules.xml": $($name)+);
        const PAGES: &[(&str, &str)] = files!("rules/", "_rules.md": $($name)+);
    };
}

const DECODERS: &[(&str, &str)] = files!("decoders/", "_decoders.xml":
    "010-pam"
    "020-sshd"
    "030-su"
    "040-sudo"
    "050-shadow-utils"
    "060-cron"
    "070-kernel_iptables"
    "080-syslog"
    "090-ids_squid"
    "100-windows"
    "110-ossec"
    "120-proftpd"
    "130-ftpd"
    "140-pure-ftpd"
    "150-vsftpd"
    "160-apache-errorlog"
    "170-nginx-errorlog"
    "180-web-accesslog"
    "190-postfix"
    "200-dovecot"
    "210-mysql_log"
    "220-named"
);

families!(
    "010-base"
    "020-pam"
    "030-sshd"
    "040-syslog"
    "050-cron"
    "060-kernel"
    "070-su"
    "080-sudo"
    "090-adduser"
    "100-systemd"
    "110-dpkg"
    "120-firewall"
    "130-fts"
    "140-ids"
    "150-squid"
    "160-windows"
    "170-ossec"
    "180-proftpd"
    "190-ftpd"
    "200-pure-ftpd"
    "210-vsftpd"
    "220-web"
    "230-web_appsec"
    "240-apache"
    "250-nginx"
    "260-postfix"
    "270-dovecot"
    "280-mysql"
    "290-named"
    "300-attack"
);

/// The decoder files, then the rule files, with their paths, in load order.
pub fn files() -> Vec<(String, Vec<u8>)> {
    DECODERS
        .iter()
        .chain(RULES)
        .map(|&(path, text)| (path.to_owned(), text.as_bytes().to_vec()))
        .collect()
}

/// The page files with their paths, in the order of their rule files.
pub fn pages() -> &'static [(&'static str, &'static str)] {
    PAGES
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn the_table_names_every_file() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let on_disk: BTreeSet<String> = ["decoders", "rules"]
            .into_iter()
            .flat_map(|folder| {
                let entries = std::fs::read_dir(root.join(folder)).unwrap();
                entries.map(move |entry| {
                    format!("{folder}/{}", entry.unwrap().file_name().to_str().unwrap())
                })
            })
            .collect();
        let pages = pages().iter().map(|&(path, _)| path.to_owned());
        let embedded: BTreeSet<String> = files()
            .into_iter()
            .map(|(path, _)| path)
            .chain(pages)
            .collect();
        assert_eq!(embedded, on_disk);
    }
}
