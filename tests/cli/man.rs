//! `ossia man`.

use std::fs;

use super::run;

#[test]
fn a_page_for_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let written = run(folder.path(), &["man", "--all", "share/man1"], b"");
    assert_eq!((written.code, written.text()), (Some(0), ""));
    let page =
        |name: &str| fs::read_to_string(folder.path().join("share/man1").join(name)).unwrap();
    assert!(
        page("ossia.1").contains("ossia\\-scan(1)"),
        "{}",
        page("ossia.1")
    );
    let scan = page("ossia-scan.1");
    assert!(scan.contains("\\-\\-threads"), "{scan}");
    assert!(scan.contains(".TH ossia-scan 1"), "{scan}");

    let printed = run(folder.path(), &["man", "scan"], b"");
    assert_eq!(printed.text(), scan);
}

#[test]
fn an_unknown_command() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &["man", "sacn"], b"");
    assert_eq!(output.code, Some(2));
    let text = output.stderr;
    assert!(
        text.contains("no command `sacn`") && text.contains("scan"),
        "{text}"
    );
}
