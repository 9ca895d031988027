//! One test for each paragraph of `spec/wazuh.md` §8.3.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn decoded(text: &[u8]) -> String {
    match decode(text) {
        Ok(object) => String::from_utf8_lossy(&object).into_owned(),
        Err(dropped) => format!("{dropped:?}"),
    }
}

/// What stands in `{"win":{…}}` for the XML of an event without message.
fn win(xml: &str) -> String {
    let object = decoded(json!({"Event": xml}).to_string().as_bytes());
    let inner = object
        .strip_prefix(r#"{"win":{"#)
        .and_then(|rest| rest.strip_suffix("}}"));
    inner.unwrap_or(&object).to_owned()
}

/// The members of `system` for the elements of that section.
fn system(xml: &str) -> String {
    let win = win(&format!("<Event><System>{xml}</System></Event>"));
    let inner = win
        .strip_prefix(r#""system":{"#)
        .and_then(|rest| rest.strip_suffix("}"));
    inner.unwrap_or(&win).to_owned()
}

/// The members of `eventdata` for the elements of that section.
fn eventdata(xml: &str) -> String {
    let win = win(&format!("<Event><EventData>{xml}</EventData></Event>"));
    let start = r#""system":{},"eventdata":{"#;
    let inner = win
        .strip_prefix(start)
        .and_then(|rest| rest.strip_suffix("}"));
    inner.unwrap_or(&win).to_owned()
}

fn check(of: fn(&str) -> String, cases: &[(&str, &str)]) {
    for (xml, expected) in cases {
        assert_eq!(of(xml), *expected, "{xml}");
    }
}

const NOTHING: &str = r#""system":{}"#;

#[test]
fn the_whole_object() {
    let xml = "<Event xmlns='http://example.test/events'>\
        <System><Provider Name='Prov'/><EventID>4719</EventID><Level>0</Level>\
        <Keywords>0x8020000000000000</Keywords></System>\
        <EventData><Data>one</Data><Data Name='CategoryId'>%%8277</Data>\
        <Data Name='SubcategoryId'>%%13569</Data>\
        <Data Name='AuditPolicyChanges'>%%8448, %%8451</Data></EventData>\
        <UserData><Extra><Key>v</Key></Extra></UserData></Event>";
    let text = json!({"Message": "Changed.", "Event": xml}).to_string();
    assert_eq!(
        decoded(text.as_bytes()),
        concat!(
            r#"{"win":{"system":{"providerName":"Prov","eventID":"4719","level":"0","#,
            r#""keywords":"0x8020000000000000","severityValue":"AUDIT_SUCCESS","#,
            r#""message":"\"Changed.\""},"eventdata":{"categoryId":"%%8277","#,
            r#""subcategoryId":"%%13569","auditPolicyChangesId":"%%8448, %%8451","#,
            r#""category":"Policy Change","subcategory":"Authentication Policy Change","#,
            r#""auditPolicyChanges":"Success removed, Failure added","data":"one"},"#,
            r#""extra":{"key":"v"}}}"#,
        )
    );
}

#[test]
fn dropped() {
    let cases = [
        ("", "NotAnObject"),
        ("text", "NotAnObject"),
        (r#"["Event"]"#, "NotAnObject"),
        (r#"{"Event":"<x/>""#, "NotAnObject"),
        ("{}", "NoEvent"),
        (r#"{"Message":"m"}"#, "NoEvent"),
        (r#"{"Event":null}"#, r#"{"win":{"system":{}}}"#),
    ];
    for (text, expected) in cases {
        assert_eq!(decoded(text.as_bytes()), expected, "{text}");
    }
}

#[test]
fn the_envelope() {
    let object = r#"{"win":{"system":{"a":"1","message":"\"m\""}}}"#;
    let texts = [
        r#"{"Message":"m","Event":"<E><System><a>1</a></System></E>"}"#,
        r#"{"MESSAGE":"m","event":"<E><System><a>1</a></System></E>"}"#,
        r#"{"eVENT":"<E><System><a>1</a></System></E>","Event":"","message":"m","Message":"n"}"#,
        "\u{feff} {\"Message\":\"m\",\"Event\":\"<E><System><a>1</a></System></E>\"} behind",
        r#"{"Message":"m","Event":"x<E><System><a>1</a></System></E>y\u0000<"}"#,
        r#"{"Message":"m","Event":{"x":["<E><System><a>1</a></System></E>"]}}"#,
    ];
    for text in texts {
        assert_eq!(decoded(text.as_bytes()), object, "{text}");
    }
}

#[test]
fn values_keep_the_escapes_of_the_event() {
    check(
        eventdata,
        &[
            (r"<a>C:\x</a>", r#""a":"C:\\\\x""#),
            (r"<a>x\</a>", r#""a":"x\\\\""#),
            ("<a>say \"x\"</a>", r#""a":"say \\\"x\\\"""#),
            ("<a>x\r\n\ty</a>", r#""a":"x\\r\\n\\ty""#),
            ("<a>\u{1}\u{7f}é/</a>", "\"a\":\"\\\\u0001\u{7f}é/\""),
            ("<a>&lt;&amp;></a>", r#""a":"&lt;&amp;>""#),
            ("<a>x<!-- y -->z<!v!></a>", r#""a":"xz""#),
            ("<Data Name='a\"b'>v</Data>", r#""a\\\"b":"v""#),
            (
                "<Data\tName='x'>v</Data\tName='x'>",
                r#""data\\tName='x'":"v""#,
            ),
        ],
    );
}

#[test]
fn only_the_first_root() {
    check(
        win,
        &[
            (
                "<x><System><a>1</a></System></x><y><System><a>2</a></System></y>",
                r#""system":{"a":"1"}"#,
            ),
            ("text", NOTHING),
            ("<x/>", NOTHING),
            ("<x>text</x>", NOTHING),
        ],
    );
}

#[test]
fn refused_xml_leaves_the_message() {
    let good = "<Event><System><a>1</a></System></Event>";
    assert_eq!(win(good), r#""system":{"a":"1"}"#);
    let long = "x".repeat(20480);
    let attributes =
        |count: usize| -> String { (0..count).map(|n| format!(" a{n}='x'")).collect() };
    let nest = |depth: usize| "<a>".repeat(depth) + &"</a>".repeat(depth);
    let refused = [
        "<System><Provider Name=\"x\"/></System>",
        "<System><Provider Name='a>b'/></System>",
        "<System><Provider Name='a'\r\nGuid='b'/></System>",
        "<System><Provider Name ='a'/></System>",
        "<System><Provider Name='a'Guid='b'/></System>",
        "<System><Provider Name=a/></System>",
        "<System><Provider Name/></System>",
        "<System><Provider Name='a' Name='b'/></System>",
        "<System></System >",
        "<System></system>",
        "<a><![CDATA[x]]></a>",
        "<?xml version='1.0'?>",
        "<a>1 < 2</a>",
        "<a>",
        "</a>",
        &format!("<a{}/>", attributes(50)),
        &format!("<a>{long}</a>"),
        &format!("<a>{}</a>", "\"".repeat(10240)),
        &format!("<a b='{long}'/>"),
        &nest(1024),
    ];
    for xml in refused {
        assert_eq!(
            win(&format!("<Event>{xml}{good}</Event>")),
            NOTHING,
            "{:.80}",
            xml
        );
    }
    let accepted = [
        format!("<System><a>{}</a></System>", &long[1..]),
        format!("<System><b{}>1</b></System>", attributes(49)),
        format!("<Provider   Name= 'x'  />{}", nest(1023)),
    ];
    for xml in accepted {
        let xml = format!("<Event>{xml}<EventData><z>1</z></EventData></Event>");
        assert!(win(&xml).contains(r#""eventdata":{"z":"1"}"#), "{xml:.80}");
    }
    let text = json!({"Message": "m", "Event": "<"}).to_string();
    assert_eq!(
        decoded(text.as_bytes()),
        r#"{"win":{"system":{"message":"\"m\""}}}"#
    );
}

#[test]
fn system_elements() {
    check(
        system,
        &[
            (
                "<Provider Guid='{1}' x='y' EventSourceName='' Name='n'/>",
                r#""providerGuid":"{1}","eventSourceName":"","providerName":"n""#,
            ),
            ("<Provider name='n'/><Provider/>", ""),
            ("<Provider>text</Provider>", r#""provider":"text""#),
            ("<TimeCreated SystemTime='t' x='y'/>", r#""systemTime":"t""#),
            ("<TimeCreated x='y' SystemTime='t'>c</TimeCreated>", ""),
            ("<TimeCreated>t</TimeCreated>", r#""timeCreated":"t""#),
            (
                "<Execution ThreadID='1' x='y' ProcessID='2'/>",
                r#""threadID":"1","processID":"2""#,
            ),
            ("<Execution>e</Execution>", r#""execution":"e""#),
            ("<Channel/>", r#""channel":"""#),
            ("<Channel UserID='S-1'>c</Channel>", r#""channel":"c""#),
            ("<Level/>", r#""level":"""#),
            ("<Keywords></Keywords>", r#""keywords":"""#),
            (
                "<Correlation a='b'>c</Correlation><Security UserID='S-1'>s</Security>",
                "",
            ),
            (
                "<EventID Qualifiers='0'>7</EventID><Task/>",
                r#""eventID":"7""#,
            ),
            (
                "<a> </a><B>-</B><c>(NULL)</c><D>x </D>",
                r#""a":" ","b":"-","c":"(NULL)","d":"x ""#,
            ),
            ("<Ä>1</Ä><x.y>2</x.y>", r#""Ä":"1","x.y":"2""#),
            ("<a>1</a><a>2</a>", r#""a":"1","a":"2""#),
            ("<var name='x'>1</var><a>$x</a>", r#""a":"$x""#),
        ],
    );
    check(
        win,
        &[
            (
                "<E><System><a>1</a></System><x/><System><b>2</b></System></E>",
                r#""system":{"a":"1","b":"2"}"#,
            ),
            ("<E><system><a>1</a></system></E>", r#""system":{},"a":{}"#),
        ],
    );
}

#[test]
fn the_user_id_is_mixed_up() {
    check(
        system,
        &[
            (
                "<Channel x='UserID'>c</Channel><Security y='UserID' UserID='S-1'/>",
                r#""userID":"UserID","channel":"c","securityUserID":"UserID""#,
            ),
            ("<Security x='y' z='UserID'/>", ""),
        ],
    );
}

#[test]
fn event_data() {
    check(
        eventdata,
        &[
            (
                "<Data Name='Abc'>1</Data><Data Name=''>2</Data>",
                r#""abc":"1","":"2""#,
            ),
            (
                "<Data Name='A.B'>1</Data><Data Name='Éa'>2</Data>",
                r#""a.B":"1","Éa":"2""#,
            ),
            (
                "<Data Type='String' Name='X' Other='Y'>v</Data>",
                r#""string":"v","x":"v""#,
            ),
            ("<Data A='X' B='Y'>v</Data>", r#""x":"v","y":"v""#),
            ("<Data name='X'>v</Data>", r#""x":"v""#),
            (
                "<data Name='X'>v</data><Binary>00</Binary>",
                r#""data":"v","binary":"00""#,
            ),
            (
                "<Data Name='A'>1</Data><Data Name='A'>2</Data>",
                r#""a":"1","a":"2""#,
            ),
            (
                "<Data>1</Data><Data Name='A'>2</Data><Data> </Data><Data>-</Data><Data>3 </Data>",
                r#""a":"2","data":"1,  , 3""#,
            ),
            (
                "<a></a><b>-</b><c>(NULL)</c><d>(null)</d>",
                r#""d":"(null)""#,
            ),
            (
                "<a> </a><b>   </b><c>- </c><d>  x  </d>",
                r#""a":" ","b":" ","c":"-","d":"  x""#,
            ),
            (
                "<a>x\n</a><b>x\u{a0}</b>",
                "\"a\":\"x\\\\n\",\"b\":\"x\u{a0}\"",
            ),
            ("<a>-</a>", NOTHING),
            ("text", NOTHING),
        ],
    );
    check(
        win,
        &[(
            "<E><EventData><Data>1</Data></EventData><EventData><b>2</b><Data>3</Data></EventData></E>",
            r#""system":{},"eventdata":{"b":"2","data":"1, 3"}"#,
        )],
    );
}

#[test]
fn other_sections() {
    let cases = [
        (
            "<U><X><A>1 </A><b>-</b><C x='y'>2</C></X></U>",
            r#","x":{"a":"1","c":"2"}"#,
        ),
        (
            "<U><First><A>1</A></First><Second><B>2</B></Second></U>",
            r#","second":{"a":"1","b":"2"}"#,
        ),
        ("<U><X><A>1<B>2</B></A></X></U>", r#","x":{}"#),
        ("<U><X>text</X></U>", r#","x":{}"#),
        ("<U>text</U><V/>", ""),
        ("<U><X><A>1</A></X></U><V/>", r#","x":{"a":"1"}"#),
        ("<U><X><A>1</A></X></U><V><Y/></V>", r#","y":{"a":"1"}"#),
        ("<U><System><A>1</A></System></U>", r#","system":{"a":"1"}"#),
        (
            "<EventData><a>1</a></EventData><U><Eventdata><b>2</b></Eventdata></U>",
            r#","eventdata":{"a":"1"},"eventdata":{"b":"2"}"#,
        ),
        (
            "<eventdata><Data Name='A'>1</Data></eventdata>",
            r#","data":{}"#,
        ),
    ];
    for (xml, expected) in cases {
        let expected = format!("{NOTHING}{expected}");
        assert_eq!(win(&format!("<Event>{xml}</Event>")), expected, "{xml}");
    }
    assert_eq!(
        win(
            "<Events><Event><System><a>1</a></System><EventData><b>2</b></EventData></Event></Events>"
        ),
        r#""system":{},"eventData":{"a":"1","b":"2"}"#
    );
}

#[test]
fn severity() {
    let both = |level: &str, keywords: &str| {
        let text = system(&format!(
            "<Level>{level}</Level><Keywords>{keywords}</Keywords>"
        ));
        let (_, value) = text.split_once(r#""severityValue":""#).unwrap();
        value.trim_end_matches('"').to_owned()
    };
    let cases = [
        ("1", "", "CRITICAL"),
        ("2", "", "ERROR"),
        (" 3x", "", "WARNING"),
        ("4", "0x10000000000000", "INFORMATION"),
        ("5", "", "VERBOSE"),
        ("6", "", "UNKNOWN"),
        ("-1", "", "UNKNOWN"),
        ("4294967297", "", "CRITICAL"),
        ("0", "0x8010000000000000", "AUDIT_FAILURE"),
        ("", "8020000000000000", "AUDIT_SUCCESS"),
        ("x", "0x30000000000000", "AUDIT_FAILURE"),
        ("0", "0xfffffffffffffffff", "AUDIT_FAILURE"),
        ("0", "0x8000000000000000", "UNKNOWN"),
        ("0", "", "UNKNOWN"),
    ];
    for (level, keywords, expected) in cases {
        assert_eq!(both(level, keywords), expected, "{level} {keywords}");
    }
    check(
        system,
        &[
            ("<Level>1</Level>", r#""level":"1""#),
            ("<Keywords>1</Keywords>", r#""keywords":"1""#),
            (
                "<Level>1</Level><Keywords/><Level>2</Level><z>3</z>",
                r#""level":"1","keywords":"","level":"2","z":"3","severityValue":"ERROR""#,
            ),
        ],
    );
}

#[test]
fn audit_categories() {
    let category = |data: &str| {
        let text = win(&format!(
            "<E><System><Level>0</Level><Keywords/></System><EventData>{data}<z>1</z></EventData></E>"
        ));
        let (_, added) = text.split_once(r#""z":"1""#).unwrap();
        added.to_owned()
    };
    let cases = [
        (
            "%%8272",
            "%%12292",
            r#","category":"System","subcategory":"Other System Events"}"#,
        ),
        (
            "8280",
            "14336",
            r#","category":"Account Logon","subcategory":"Credential Validation"}"#,
        ),
        (
            "%%8274x",
            " 1%%28%%13x",
            r#","category":"Object Access","subcategory":"Central Policy Staging"}"#,
        ),
        ("%%8273", "%%12292", r#","category":"Logon/Logoff"}"#),
        ("%%8273", "%%-2147483648", r#","category":"Logon/Logoff"}"#),
        ("%8273", "%%12544", "}"),
        ("%%1", "%%12544", "}"),
    ];
    for (id, sub, expected) in cases {
        let id = format!("<Data Name='CategoryId'>{id}</Data>");
        let sub = format!("<Data Name='subcategoryId'>{sub}</Data>");
        assert_eq!(category(&format!("{id}{sub}")), expected, "{id} {sub}");
        assert_eq!(category(&id), "}", "{id} alone");
        assert_eq!(category(&sub), "}", "{sub} alone");
    }
    let last = "<Data Name='CategoryId'>1</Data><Data Name='SubcategoryId'>13056</Data>\
                <Data Name='CategoryId'>8275</Data>";
    assert_eq!(
        category(last),
        r#","category":"Privilege Use","subcategory":"Sensitive Privilege Use"}"#
    );
    // Another form of the element does not count, nor does an event without level.
    assert_eq!(
        category("<CategoryId>8275</CategoryId><Data Name='SubcategoryId'>13056</Data>"),
        "}"
    );
    let data = "<Data Name='CategoryId'>8275</Data><Data Name='SubcategoryId'>13056</Data>";
    assert!(!eventdata(data).contains("Privilege"));
}

#[test]
fn policy_changes() {
    let cases = [
        ("%%8449", r#","auditPolicyChanges":"Success added""#),
        (
            "8448,8449, 8450 ,%%8451x",
            r#","auditPolicyChanges":"Success removed, Success added, Failure removed, Failure added""#,
        ),
        (
            "8448,1,2,3,8449",
            r#","auditPolicyChanges":"Success removed""#,
        ),
        ("1,,8450", r#","auditPolicyChanges":"Failure removed""#),
        ("%%1", ""),
        ("-8449", ""),
    ];
    for (codes, expected) in cases {
        assert_eq!(
            eventdata(&format!("<Data Name='AuditPolicyChanges'>{codes}</Data>")),
            format!(r#""auditPolicyChangesId":"{codes}"{expected}"#)
        );
    }
    check(
        eventdata,
        &[
            (
                r"<Data Name='auditPolicyChanges'>8449\,8450</Data>",
                r#""auditPolicyChangesId":"8449\\\\,8450","auditPolicyChanges":"Success added""#,
            ),
            (
                "<Data Name='auditPolicyChanges'>8449,\n8450</Data>",
                r#""auditPolicyChangesId":"8449,\\n8450","auditPolicyChanges":"Success added""#,
            ),
            (
                "<Data Name='auditPolicyChanges'>8449</Data><Data Name='auditPolicyChanges'>1</Data>",
                r#""auditPolicyChangesId":"8449","auditPolicyChangesId":"1""#,
            ),
            ("<Data Name='auditPolicyChanges'>-</Data>", NOTHING),
            (
                "<auditPolicyChanges>8449</auditPolicyChanges>",
                r#""auditPolicyChanges":"8449""#,
            ),
        ],
    );
}

#[test]
fn messages() {
    let cases = [
        (r#""m""#, r#"\"m\""#),
        (r#""""#, r#"\"\""#),
        (
            r#""a \"b\" \\ C:\\\\x \/ ""#,
            r#"\"a \"b\" \\ C:\\\\x / \""#,
        ),
        (r#""\r\n\t\b\f""#, r#"\"\r\n\t\b\f\""#),
        (r#""\u0001 \\u0001""#, r#"\"\\u0001 \\u0001\""#),
        (r#""é 日本""#, r#"\"é 日本\""#),
        (r#""a\u0000b""#, r#"\"a\""#),
        ("5", "5"),
        ("1.50", "1.5"),
        ("null", "null"),
        ("true", "true"),
        (r#"{"a" : ["b", 1e20]}"#, r#"{\"a\":[\"b\",1e+20]}"#),
    ];
    for (message, expected) in cases {
        let text = format!(r#"{{"Message":{message},"Event":"<E><System><z>1</z></System></E>"}}"#);
        let expected = format!(r#"{{"win":{{"system":{{"z":"1","message":"{expected}"}}}}}}"#);
        assert_eq!(decoded(text.as_bytes()), expected, "{message}");
    }
}

#[test]
fn many_elements_take_linear_time() {
    let data = "<Data>x</Data><Data Name='A'>y</Data>".repeat(50_000);
    let object = win(&format!("<E><EventData>{data}</EventData></E>"));
    assert_eq!(object.matches(r#""a":"y""#).count(), 50_000);
    let sections = "<EventData/><U><X/></U>".repeat(50_000);
    assert_eq!(win(&format!("<E>{sections}</E>")), r#""system":{},"x":{}"#);
}

proptest! {
    #[test]
    fn no_bytes_panic(text in prop::collection::vec(any::<u8>(), 0..80)) {
        let _ = decode(&text);
        let _ = decode(&[b"{\"Event\":\"", &text[..], b"\",\"Message\":\"", &text, b"\"}"].concat());
    }

    #[test]
    fn the_object_reads_back(
        parts in prop::collection::vec(prop::sample::select(vec![
            "<System>", "</System>", "<EventData>", "</EventData>", "<U>", "</U>", "<X>", "</X>",
            "<Data>", "<Data Name='CategoryId'>", "</Data>", "<Level>0</Level>", "\\", "\"", "%%8272",
            "<Keywords>1</Keywords>", "\n", "\u{1}", "é", " ", "-", "<Provider Name='a\\' Guid='\"'/>",
        ]), 0..20),
        message in ".{0,20}",
    ) {
        let text = json!({"Event": format!("<E>{}</E>", parts.concat()), "Message": message});
        let object = decode(text.to_string().as_bytes()).unwrap();
        let mut tape = Tape::default();
        let read = json::parse(&object, &mut tape).unwrap();
        prop_assert!(read.is_object());
        prop_assert_eq!(printed(read), object);
    }
}
