use bstr::ByteSlice;
use insta::assert_snapshot;
use proptest::prelude::*;

use super::*;

fn formatted(text: &str) -> String {
    let once = format(text.as_bytes(), Dialect::Ossec43).unwrap();
    let twice = format(&once, Dialect::Ossec43).unwrap();
    assert_eq!(once, twice, "formatting again changes nothing");
    String::from_utf8(once).unwrap()
}

#[test]
fn rules() {
    let text = r#"
<!-- A comment
     of two lines -->


<var name="LIST">10.0.0.1</var>
<group name='demo,'><rule level="3"   id= "100" ><!-- why -->
<match> kept  as
  it is </match>  <!-- behind it -->
        <description>it's "quoted" \< b</description><options>no_log</options>



<same_source_ip/></rule>
<rule id="101" level='5' overwrite='yes'
      frequency="6"
      timeframe="60"
   ><if_sid>100</if_sid><mitre><id>T1110</id><id>T1078</id></mitre>
  <regex><!-- cut out -->^a</regex></rule> <!-- end -->

  <!-- stands above -->
  <rule id="102" level="0"><if_sid>100</if_sid><description></description></rule>
</group>
stray text
"#;
    assert_snapshot!(formatted(text));
}

#[test]
fn decoders() {
    let text = "<?xml version=\"1.0\"?><decoder name=\"a\">\r\n\t<prematch type='pcre2' offset=\"after_parent\">^ x </prematch>\r\n</decoder>\r\n<decoder name='say \"a\"'><parent>a</parent></decoder>";
    assert_snapshot!(formatted(text).replace('\r', "␍"));
}

#[test]
fn refused() {
    let refused = |text: &str| format(text.as_bytes(), Dialect::Ossec43).unwrap_err();
    assert_eq!(refused("<group name=\"a\">"), FormatError::Broken);
    assert_eq!(refused("<Event></Event>"), FormatError::NoRules);
    assert_eq!(
        refused("<gro<!-- -->up></group>"),
        FormatError::CommentInTag
    );
}

#[test]
fn files_with_nothing_in_them() {
    assert_eq!(formatted(""), "");
    assert_eq!(formatted("\n\n"), "");
    assert_eq!(formatted("<!-- only this -->"), "<!-- only this -->\n");
}

/// What stands in a leaf may be significant, so nothing in it changes: the text behind a child is its
/// content.
#[test]
fn leaves_stay() {
    for inside in [
        "  a b  ",
        "a\n   b\n",
        r"\<x>",
        r"&lt; & &#60;",
        "a<!-- c -->b",
        "<x>  <y/> </x>  z ",
        "<x/>\n   <y></y>\n^a  b ",
        "",
        "\t",
    ] {
        let decoder = format!("<decoder name=\"d\">\n  <regex>{inside}</regex>\n</decoder>\n");
        assert_eq!(formatted(&decoder), decoder);
        let rule = format!("<rule id=\"1\">\n    <match>{inside}</match>\n  </rule>");
        let rules = format!("<group name=\"g\">\n  {rule}\n</group>\n");
        assert_eq!(formatted(&rules), rules);
    }
}

/// What one engine takes for a tag is text to another one.
#[test]
fn tags_behind_backslashes_stay() {
    let file = "<group name=\"g\">\n  <rule id=\"1\">\\\\<same_user/></rule>\n</group>\n";
    for dialect in Dialect::ALL {
        let kept = format(file.as_bytes(), dialect).unwrap();
        assert!(kept.contains_str(r"\\<same_user/>"), "{}", kept.as_bstr());
    }
}

/// Pieces that files are made of, odd ones included.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("\n".to_owned()),
        Just("  \n\n".to_owned()),
        Just("\r\n".to_owned()),
        Just("<!-- c -->".to_owned()),
        Just("<!-- c\n d !>".to_owned()),
        Just("<!-->".to_owned()),
        Just("text".to_owned()),
        Just("\\".to_owned()),
        Just("\\< x".to_owned()),
        Just("<same_user/>".to_owned()),
        Just("<same_user />".to_owned()),
        Just("<match type='a\"b' negate=\"\" > a\n</match>".to_owned()),
        Just("<var name=\"V\" VAR='1'>x</var>".to_owned()),
        Just("<rule Id=\"1\" id=\"2\" x='' level=\"3\">".to_owned()),
        Just("<rule id=\"1\">".to_owned()),
        Just("</rule>".to_owned()),
        Just("<group name=\"g\"\n>".to_owned()),
        Just("</group>".to_owned()),
        Just("<match><x> </x>  a </match>".to_owned()),
        Just("<match>".to_owned()),
        Just("</match>".to_owned()),
        Just("<mitre>".to_owned()),
        Just("</mitre>".to_owned()),
        Just("\u{feff}".to_owned()),
        Just("<?xml ?>".to_owned()),
        "[a-z \\\\&\"'=/>\u{e9}]{0,6}",
    ]
}

proptest! {
    #[test]
    fn formatting_keeps_the_meaning_and_settles(
        inner in proptest::collection::vec(piece(), 0..12),
        wrapped in any::<bool>(),
    ) {
        let inner = inner.concat();
        let text = if wrapped { format!("<group name='g'><rule id=\"1\">{inner}</rule></group>") } else { inner };
        for dialect in Dialect::ALL {
            match format(text.as_bytes(), dialect) {
                Ok(once) => prop_assert_eq!(format(&once, dialect), Ok(once)),
                Err(error) => prop_assert_ne!(error, FormatError::Changed, "{}", text),
            }
        }
    }
}
