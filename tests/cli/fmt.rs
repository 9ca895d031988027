//! `ossia fmt`.

use std::fs;

use insta::assert_snapshot;

use super::{Run, Sandbox, run};

const MESSY: &str = "<group name='demo,'>\n<rule level='5' id='1'><category>syslog</category>\n<description>d</description></rule></group>";
const TIDY: &str = r#"<group name="demo,">
  <rule id="1" level="5">
    <category>syslog</category>
    <description>d</description>
  </rule>
</group>
"#;

fn fmt(sandbox: &Sandbox, arguments: &[&str], input: &str) -> Run {
    let mut all = vec!["fmt"];
    all.extend(arguments);
    run(sandbox.folder.path(), &all, input.as_bytes())
}

#[test]
fn files_are_formatted_in_place() {
    let sandbox = Sandbox::new();
    let path = sandbox.write("rules/below/messy.xml", MESSY);
    let other = sandbox.write("rules/events.xml", "<Event/>");
    let output = fmt(&sandbox, &["rules"], "").success();
    assert_eq!(fs::read_to_string(&path).unwrap(), TIDY);
    assert_eq!(fs::read_to_string(other).unwrap(), "<Event/>");
    assert_snapshot!(output.stderr, @r"
    warning: `rules/events.xml` is left out: it is no decoder or rule file
    3 files formatted, 0 left as they are
    ");
    let again = fmt(&sandbox, &["--check", "rules/below"], "").success();
    assert_snapshot!(again.stderr, @"0 files to be formatted, 1 left as it is");
    let entries = fs::read_dir(sandbox.path("rules/below")).unwrap().count();
    assert_eq!(entries, 1, "nothing is left behind");
}

#[cfg(unix)]
#[test]
fn permissions_and_links_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let sandbox = Sandbox::new();
    let path = sandbox.write("messy.xml", MESSY);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    symlink(&path, sandbox.path("link.xml")).unwrap();
    fmt(&sandbox, &["link.xml"], "").success();
    assert_eq!(fs::read_to_string(&path).unwrap(), TIDY);
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    let link = fs::symlink_metadata(sandbox.path("link.xml")).unwrap();
    assert!(link.file_type().is_symlink());
}

#[test]
fn nothing_is_written_to_check() {
    let sandbox = Sandbox::new();
    let path = sandbox.write("messy.xml", MESSY);
    let check = fmt(&sandbox, &["--check", "messy.xml"], "");
    assert_eq!((check.code, check.text()), (Some(1), "messy.xml\n"));
    let diff = fmt(&sandbox, &["--diff", "messy.xml"], "");
    assert_eq!(diff.code, Some(1));
    assert_snapshot!(diff.text());
    assert_eq!(fs::read_to_string(path).unwrap(), MESSY);
}

#[test]
fn from_standard_input() {
    let sandbox = Sandbox::new();
    let output = fmt(&sandbox, &["-q", "-"], MESSY).success();
    assert_eq!((output.text(), output.stderr.as_str()), (TIDY, ""));
    let nothing = fmt(&sandbox, &["-q", "-"], "").success();
    assert_eq!(nothing.text(), "");
}

#[test]
fn mistakes() {
    let sandbox = Sandbox::new();
    let broken = sandbox.write(
        "broken.xml",
        "<group name=\"a\">\n  <rule id=\"1\">\n</group>\n",
    );
    sandbox.write("messy.xml", MESSY);
    let output = fmt(&sandbox, &["broken.xml", "nowhere.xml", "messy.xml"], "");
    assert_eq!(output.code, Some(1));
    assert_snapshot!(output.stderr);
    assert!(fs::read_to_string(broken).unwrap().contains("id=\"1\">\n<"));
    assert_eq!(fs::read_to_string(sandbox.path("messy.xml")).unwrap(), TIDY);
    assert_eq!(fmt(&sandbox, &[], "").code, Some(2));
    fs::create_dir(sandbox.path("empty")).unwrap();
    let empty = fmt(&sandbox, &["empty"], "");
    assert_eq!(empty.code, Some(1));
    assert_snapshot!(empty.stderr, @"error: there is no .xml file in `empty`");
}
