//! The command line of `wazuh-logtest` (`spec/wazuh.md` §14.3), and what has no option there.

use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::cli::short_options::Words;

/// What the tool calls the version that it belongs to.
const VERSION: &str = "v4.14.7";

/// Where the original is installed if nothing tells.
const HOME: &str = "/var/ossec";

/// The options of a run.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Options {
    /// `-d`
    pub(super) debug: bool,
    /// `-U`
    pub(super) unit_test: Option<OsString>,
    /// `-l`
    pub(super) location: Option<OsString>,
    /// `-q`
    pub(super) quiet: bool,
    /// `-v`
    pub(super) verbose: bool,
    /// `-c`: not in the original, which asks the running daemon.
    configuration: Option<PathBuf>,
    /// `-D`: not in the original.
    home: Option<PathBuf>,
}

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Run(Options),
    /// Nothing more, with this exit status.
    End(u8),
}

impl Options {
    /// The installation: that of `-D`, that of the program if it lies in the `bin` of one, or the
    /// usual one.
    pub(super) fn home(&self, program: &OsStr) -> PathBuf {
        if let Some(home) = &self.home {
            return home.clone();
        }
        let folder = Path::new(program).parent();
        let bin = folder.filter(|folder| folder.file_name() == Some(OsStr::new("bin")));
        let above = bin.and_then(Path::parent);
        match above.filter(|home| home.join("etc/ossec.conf").is_file()) {
            Some(home) => home.to_owned(),
            None => PathBuf::from(HOME),
        }
    }

    /// The configuration; without `-c` the one of the installation.
    pub(super) fn configuration(&self, home: &Path) -> PathBuf {
        let usual = || home.join("etc/ossec.conf");
        self.configuration.clone().unwrap_or_else(usual)
    }
}

/// Reads the words behind the name of the program.
///
/// # Errors
/// Standard error cannot be written.
pub(super) fn read(arguments: Vec<OsString>, err: &mut dyn Write) -> io::Result<Wish> {
    let mut options = Options::default();
    let mut words = Words::new(arguments);
    while let Some(letter) = words.letter() {
        let name = char::from(letter);
        let value = if b"UlcD".contains(&letter) {
            let Some(value) = words.value() else {
                writeln!(
                    err,
                    "wazuh-logtest: error: argument -{name}: expected one argument"
                )?;
                return Ok(Wish::End(2));
            };
            value
        } else {
            OsString::new()
        };
        match letter {
            b'd' => options.debug = true,
            b'q' => options.quiet = true,
            b'v' => options.verbose = true,
            b'U' => options.unit_test = Some(value),
            b'l' => options.location = Some(value),
            b'c' => options.configuration = Some(value.into()),
            b'D' => options.home = Some(value.into()),
            b'h' => {
                err.write_all(HELP.as_bytes())?;
                return Ok(Wish::End(0));
            }
            b'V' => {
                err.write_all(version().as_bytes())?;
                return Ok(Wish::End(0));
            }
            b'-' => {
                // The rest of the word.
                let name = words.value().unwrap_or_default();
                let text = match name.to_str() {
                    Some("help") => HELP.to_owned(),
                    Some("version") => version(),
                    _ => return unrecognized(err, &format!("--{}", name.display())),
                };
                err.write_all(text.as_bytes())?;
                return Ok(Wish::End(0));
            }
            _ => return unrecognized(err, &format!("-{name}")),
        }
    }
    match words.operands().first() {
        Some(word) => unrecognized(err, &word.display().to_string()),
        None => Ok(Wish::Run(options)),
    }
}

fn unrecognized(err: &mut dyn Write, word: &str) -> io::Result<Wish> {
    writeln!(err, "wazuh-logtest: error: unrecognized arguments: {word}")?;
    Ok(Wish::End(2))
}

/// The first lines of a run.
pub(super) fn start() -> String {
    format!("Starting wazuh-logtest {VERSION}\nType one log per line\n")
}

/// `-V`: the first line is what scripts read.
fn version() -> String {
    let own = env!("CARGO_PKG_VERSION");
    format!(
        "Wazuh {VERSION}

This is ossia {own}, which does what Wazuh's tool of this name does. It is no part of Wazuh.
ossia is free software under the MIT or the Apache 2.0 licence, at your choice.
"
    )
}

const HELP: &str = "\
usage: wazuh-logtest [-h] [-V] [-d] [-U rule:level:decoder] [-l location] [-q] [-v]

Shows what decoders and rules say about the logs on standard input, one a line.

  -h, --help             Show this text
  -V, --version          Version and licence
  -d                     Show requests and replies
  -U rule:level:decoder  Compare with rule id, level and decoder name
  -l location            Where the logs come from (default: stdin)
  -q                     Show nothing but errors
  -v                     Show the rules that were tried

Of ossia, which loads the ruleset itself:
  -D dir                 Installation (default: the one of this program, else /var/ossec)
  -c file                Configuration (default: etc/ossec.conf of the installation)

The variable OSSIA_CLOCK makes time stand still, in Unix seconds.
";

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> (Wish, String) {
        let mut err = Vec::new();
        let arguments = arguments.iter().map(OsString::from).collect();
        let wish = read(arguments, &mut err).unwrap();
        (wish, String::from_utf8(err).unwrap())
    }

    #[test]
    fn forms() {
        let expected = Options {
            debug: true,
            verbose: true,
            unit_test: Some("5715:3:sshd".into()),
            location: Some("/x".into()),
            ..Options::default()
        };
        let (wish, _) = parse(&["-dvU5715:3:sshd", "-l", "/x"]);
        assert_eq!(wish, Wish::Run(expected));
    }

    #[test]
    fn ends() {
        let unknown = "wazuh-logtest: error: unrecognized arguments: ";
        let cases: [(&[&str], u8, &str); 8] = [
            (&["-h"], 0, "usage: wazuh-logtest"),
            (&["--help"], 0, "usage: wazuh-logtest"),
            (&["-V"], 0, "Wazuh v4.14.7\n"),
            (&["--version"], 0, "Wazuh v4.14.7\n"),
            (&["--quiet"], 2, &format!("{unknown}--quiet\n")),
            (&["-q", "auth.log"], 2, &format!("{unknown}auth.log\n")),
            (&["-z"], 2, &format!("{unknown}-z")),
            (
                &["-U"],
                2,
                "wazuh-logtest: error: argument -U: expected one argument",
            ),
        ];
        for (arguments, status, text) in cases {
            let (wish, said) = parse(arguments);
            assert_eq!(wish, Wish::End(status));
            assert!(said.starts_with(text), "{said}");
        }
    }

    #[test]
    fn installations() {
        let folder = tempfile::tempdir().unwrap();
        let bin = folder.path().join("bin/wazuh-logtest");
        let home = |options: &Options| options.home(bin.as_os_str());
        let mut options = Options::default();
        assert_eq!(home(&options), Path::new(HOME));
        std::fs::create_dir(folder.path().join("etc")).unwrap();
        std::fs::write(folder.path().join("etc/ossec.conf"), "").unwrap();
        assert_eq!(home(&options), folder.path());
        options.home = Some("/other".into());
        assert_eq!(home(&options), Path::new("/other"));
        let configuration = options.configuration(Path::new("/other"));
        assert_eq!(configuration, Path::new("/other/etc/ossec.conf"));
        options.configuration = Some("x.conf".into());
        assert_eq!(
            options.configuration(Path::new("/other")),
            Path::new("x.conf")
        );
    }
}
