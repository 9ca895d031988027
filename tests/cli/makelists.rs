//! `ossia makelists`.

use std::fs::File;
use std::time::{Duration, SystemTime};

use super::{Run, Sandbox, run};

const CONFIGURATION: &str = "<ossec_config>
  <rules>
    <include>r.xml</include>
    <list>lists/a</list>
    <list>b</list>
    <list>lists/c.cdb</list>
  </rules>
</ossec_config>
";

/// An installation with three lists; `rules/b` is missing.
fn installation() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("etc/ossec.conf", CONFIGURATION);
    sandbox.write("lists/a", "k1:v1\nk2:v2\n### nothing\n");
    sandbox.write("lists/c", "x: y\n");
    sandbox
}

fn makelists(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    let mut all = vec!["makelists"];
    all.extend(arguments);
    run(sandbox.folder.path(), &all, b"")
}

fn set_modified(sandbox: &Sandbox, name: &str, at: Duration) {
    let file = File::options()
        .write(true)
        .open(sandbox.path(name))
        .unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + at).unwrap();
}

#[test]
fn every_list_of_a_configuration() {
    let sandbox = installation();
    let run = makelists(&sandbox, &["-D", "."]).success();
    assert_eq!(
        run.text(),
        " * File lists/a.cdb needs to be updated\n \
         * File rules/b.cdb does not need to be compiled\n \
         * File lists/c.cdb needs to be updated\n"
    );
    let missing = "ossec-analysisd(1103): ERROR: Could not open file 'rules/b' due to \
                   [(2)-(No such file or directory)].\n";
    assert_eq!(run.stderr, missing);
    // The layout of the format: 2048 bytes, two records of 12, two tables of two slots of 8.
    assert_eq!(
        std::fs::read(sandbox.path("lists/a.cdb")).unwrap().len(),
        2104
    );
    assert!(sandbox.path("lists/c.cdb").exists());
    assert!(!sandbox.path("rules/b.cdb").exists());
    let strict = makelists(&sandbox, &["-D", ".", "--strict"]);
    assert_eq!((strict.code, strict.stderr.as_str()), (Some(1), missing));
    assert_eq!(strict.text().matches("does not need").count(), 3);
}

#[test]
fn force_shows_the_entries() {
    let sandbox = installation();
    let run = makelists(&sandbox, &["-F", "-c", "etc/ossec.conf"]).success();
    assert_eq!(run.text().matches("needs to be updated").count(), 3);
    assert_eq!(
        run.stderr,
        "  * adding - key: k1 value: v1\n  * adding - key: k2 value: v2\n\
         ossec-analysisd(1103): ERROR: Could not open file 'rules/b' due to \
         [(2)-(No such file or directory)].\n  * adding - key: x value:  y\n"
    );
}

#[test]
fn whole_seconds_decide() {
    let sandbox = installation();
    let named = |arguments: &[&str]| {
        let run = makelists(&sandbox, arguments).success();
        run.text().contains("needs to be updated")
    };
    assert!(named(&["lists/a"]));
    let compiled = Duration::from_millis(1_700_000_000_100);
    set_modified(&sandbox, "lists/a.cdb", compiled);
    set_modified(
        &sandbox,
        "lists/a",
        Duration::from_millis(1_700_000_000_900),
    );
    assert!(!named(&["lists/a"]));
    set_modified(
        &sandbox,
        "lists/a",
        Duration::from_millis(1_700_000_001_000),
    );
    assert!(named(&["lists/a.cdb"]));
    assert!(!named(&["lists/a"]));
}

#[test]
fn compiled_lists_are_used() {
    let sandbox = installation();
    let rule = "<group name=\"x,\"><rule id=\"1\" level=\"3\"><decoded_as>kv</decoded_as>\
                <list field=\"srcip\">lists/a</list><description>x</description></rule></group>";
    sandbox.write("rules/r.xml", rule);
    sandbox.write("etc/decoder.xml", super::DECODERS);
    sandbox.write("lists/a", "1.2.3.4:\n");
    makelists(&sandbox, &["-D", "."]).success();
    std::fs::remove_file(sandbox.path("lists/a")).unwrap();
    let arguments = ["logtest", "-q", "-D", ".", "--format", "json"];
    let run = run(sandbox.folder.path(), &arguments, super::KV.as_bytes()).success();
    assert_eq!(run.objects()[0]["rule"], 1);
}

#[test]
fn nothing_to_do() {
    let sandbox = installation();
    let run = makelists(&sandbox, &["-t", "-F", "-D", "."]).success();
    assert_eq!((run.text(), run.stderr.as_str()), ("", ""));
    assert!(!sandbox.path("lists/a.cdb").exists());
    let run = makelists(&sandbox, &[]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("no list is named"), "{}", run.stderr);
    let run = makelists(&sandbox, &["-D", "nowhere"]);
    assert_eq!(run.code, Some(1));
}

#[test]
fn what_cannot_be_replaced_stays() {
    let sandbox = installation();
    // A folder in the place of the compiled list: it cannot be replaced by a file.
    sandbox.write("lists/a.cdb/old", "old");
    let run = makelists(&sandbox, &["-F", "lists/a", "lists/c"]);
    assert_eq!(run.code, Some(1));
    let message = "error: cannot write `lists/a.cdb`: is a directory; what was there is unchanged";
    assert!(run.stderr.contains(message), "{}", run.stderr);
    assert!(sandbox.path("lists/a.cdb/old").exists());
    assert!(!sandbox.path("lists/a.tmp").exists());
    assert!(sandbox.path("lists/c.cdb").exists());
}
