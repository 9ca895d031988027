//! Tables of §1 and §6, the line counter, recovery, and two properties.

use proptest::prelude::*;

use super::*;
use crate::source::Sources;

/// One node a line: depth, kind, name and content.
fn dump(document: &Document) -> String {
    let mut text = String::new();
    for node in document.nodes() {
        let kind = match node.kind {
            NodeKind::Element => "",
            NodeKind::Attribute => "@",
            NodeKind::Variable => "var:",
        };
        let (name, content) = (node.name.lossy(), node.content.lossy());
        text.push_str(&format!(
            "{}{kind}{name}={content}\n",
            "  ".repeat(node.depth.into())
        ));
    }
    text
}

fn read(dialect: Dialect, text: &[u8], variables: bool) -> (Sources, Parsed) {
    let mut sources = Sources::default();
    let id = sources.add("t.xml", text);
    let origin = Origin::analysisd("t.xml");
    let parsed = if variables {
        parse_with_variables(id, text, dialect, origin)
    } else {
        parse(id, text, dialect, origin)
    };
    (sources, parsed)
}

/// The original's words about the first problem; empty if there is none.
fn words(dialect: Dialect, text: &[u8]) -> String {
    let (_, parsed) = read(dialect, text, true);
    let lines: Vec<_> = parsed
        .diagnostics
        .iter()
        .flat_map(|found| &found.original)
        .map(|l| l.to_string())
        .collect();
    assert!(lines.len() <= 1, "the original stops at the first error");
    assert_eq!(lines.len(), usize::from(!parsed.diagnostics.is_empty()));
    let line = lines.first().map_or("", |line| line.as_str());
    line.split_once("XMLERR: ")
        .map_or("", |(_, words)| words)
        .to_owned()
}

#[track_caller]
fn check(text: &str, expect: &str) {
    let (_, parsed) = read(Dialect::Ossec43, text.as_bytes(), true);
    assert_eq!(parsed.diagnostics, [], "{text}");
    assert_eq!(dump(&parsed.document), expect, "{text}");
}

#[test]
fn what_is_read() {
    check("<a>x</a>", "a=x\n");
    check("junk & > <a>x</a> --> <b/>", "a=x\nb=\n");
    check("<a> x </a>", "a= x \n");
    check("<a>one<b>x</b>two</a>", "a=two\n  b=x\n");
    check("<a>one<b>x</b></a>", "a=\n  b=x\n");
    check(
        "<x/><x /><x a=\"b\"/><x a='b' />",
        "x=\nx=\nx=\n@a=b\nx=\n@a=b\n",
    );
    check("<>a</>", "=a\n");
    check("< x='1'>a</>", "=a\n@x=1\n");
    check("<a:b.?>x</a:b.?>", "a:b.?=x\n");
    check("<a>b\0c</a>", "a=b\n");
    check("<a\0b>x</a\0c>", "a=x\n");
    check("<a>&lt;&amp;&#60;&</a>", "a=&lt;&amp;&#60;&\n");
    check(r"<a>x \<b>y</a>", "a=x \\<b>y\n");
    check(r"<a>x \\<b>y</a>", "a=x \\\\<b>y\n");
    check(r"<a>\x<b/>y</a>", "a=y\n  b=\n");
    check(r"\<a>x <b>y</b>", "b=y\n");
}

#[test]
fn comments() {
    check("<!-- hi !><a>x</a>", "a=x\n");
    check("<!-- note!> <a>x</a> -->", "a=x\n");
    check("<!DOCTYPE x><!-- --><a>x</a>", "a=x\n");
    check("<!-- a <!-- b --> tail --><a>x</a>", "a=x\n");
    check("<!--><a>x</a>", "a=x\n");
    check("<!-- a -- b --- c ----><a>x</a>", "a=x\n");
    check("<a>fo<!-- x -->o</a>", "a=foo\n");
    check("<a<!-- x -->b>x</a<!-- -->b>", "ab=x\n");
    check(r"<a>x\<!-- c -->y</a>", "a=x\\y\n");
    check("<a b='<!-- '>x</a>", "a=x\n@b=<!-- \n");
}

#[test]
fn attributes() {
    check("<a\n b=  \n'c'\t d=\"e'f\" ></a>", "a=\n@b=c\n@d=e'f\n");
    check("<a b='<\\/\n'/>", "a=\n@b=<\\/\n\n");
    check("<a b='1' B='2'/>", "a=\n@b=1\n@B=2\n");
    check("<a b=''/>", "a=\n@b=\n");
}

#[test]
fn errors() {
    let cases: &[(&str, &str)] = &[
        (
            r"<a>^a \\</a>",
            "End of file and some elements were not closed. (line 1).",
        ),
        (r"<d><a>^a \\</a></d>", "Element 'a' not closed. (line 1)."),
        ("<p>^a < b</p>", "Attribute 'b<' has no value. (line 1)."),
        ("<d n='f>oo'>", "Attribute 'n' not closed. (line 1)."),
        ("<d n ='foo'>", "Attribute 'n' has no value. (line 1)."),
        ("<d n>", "Attribute 'n' has no value. (line 1)."),
        ("<d n></d>", "Attribute 'n' has no value. (line 1)."),
        (
            "<d n=foo>",
            "Attribute 'n' not followed by a \" or '. (line 1).",
        ),
        (
            "<d n='a'x='b'>",
            "Bad attribute closing for 'n'='a'. (line 1).",
        ),
        (
            "<d n='a' n='b'>",
            "Attribute 'n' already defined. (line 1).",
        ),
        (
            "\n<d n='a",
            "End of file while reading an attribute. (line 2).",
        ),
        ("<d>x</d >", "Element 'd' not closed. (line 1)."),
        ("<d>x</D>", "Element 'd' not closed. (line 1)."),
        ("<d/>\n\n</d>", "Element not opened. (line 3)."),
        (
            "<d>",
            "End of file and some elements were not closed. (line 1).",
        ),
        (
            "<",
            "End of file and some elements were not closed. (line 1).",
        ),
        (
            "<d><![CDATA[^foo ]]></d>\n",
            "Comment not closed. (line 2).",
        ),
        (
            "<?xml version=\"1.0\">\n",
            "XML declaration not closed. (line 2).",
        ),
        (
            " <?xml version=\"1.0\"?>",
            "Bad attribute closing for 'version'='1.0'. (line 1).",
        ),
        (
            "<?XML version=\"1.0\"?>",
            "Bad attribute closing for 'version'='1.0'. (line 1).",
        ),
        ("<?php x?>", "Attribute 'x?' has no value. (line 1)."),
        (
            "<!--\n -\n--\n -->\n<d n=foo>",
            "Attribute 'n' not followed by a \" or '. (line 8).",
        ),
        (
            "<var name='W'>x</var><p>^f ($W)</p>",
            "Unknown variable: 'W)'..",
        ),
        (
            "<var id='W'>x</var>",
            "Only \"name\" is allowed as an attribute for a variable..",
        ),
        ("<var>x</var>", "No value set for variable.."),
        (
            "<var name='W'>x</var><p>\\$x</p>",
            "Unknown variable: 'x'..",
        ),
    ];
    for (text, expect) in cases {
        assert_eq!(words(Dialect::Ossec43, text.as_bytes()), *expect, "{text}");
    }
}

#[test]
fn limits() {
    let sizes = [
        (Dialect::Ossec283, 2047),
        (Dialect::Ossec43, 8191),
        (Dialect::Wazuh414, 20479),
    ];
    for (dialect, most) in sizes {
        for (text, expect) in [
            (format!("<a>{}</a>", "c".repeat(most)), ""),
            (
                format!("<a>{}</a>", "c".repeat(most + 1)),
                "String overflow. (line 1).",
            ),
            (
                format!("<a>{}<b/>{}</a>", "c".repeat(most), "c".repeat(most)),
                "",
            ),
            (format!("<{0}></{0}>", "c".repeat(most)), ""),
            (format!("<a b='{}'/>", "c".repeat(most)), ""),
            (
                format!("<a bbbbbbbbbbbbbbbbbbbbbbbb='{}'/>", "c".repeat(most + 1)),
                "Overflow attempt at attribute 'bbbbbbbbbbbbbbbbbbbb'. (line 1).",
            ),
        ] {
            assert_eq!(
                words(dialect, text.as_bytes()),
                expect,
                "{dialect} {}",
                text.len()
            );
        }
    }
    let deep = |levels| "<a>".repeat(levels) + &"</a>".repeat(levels);
    assert_eq!(words(Dialect::Ossec37, deep(1024).as_bytes()), "");
    let words_deep = words(Dialect::Ossec37, deep(1025).as_bytes());
    assert_eq!(words_deep, "Max recursion level reached. (line 1).");
    let wide = |n| (0..n).fold("<a".to_owned(), |text, i| text + &format!(" b{i}='x'")) + "/>";
    assert_eq!(words(Dialect::Wazuh414, wide(49).as_bytes()), "");
    assert_ne!(words(Dialect::Wazuh414, wide(50).as_bytes()), "");
    assert_eq!(words(Dialect::Ossec43, wide(5000).as_bytes()), "");
    let long = format!("<{0}>x</a>", "n".repeat(200));
    let cut = format!("Element '{} (line 1).", "n".repeat(118));
    assert_eq!(words(Dialect::Ossec43, long.as_bytes()), cut);
}

#[test]
fn dialects() {
    let prolog = b"<?xml version=\"1.0\"?><a>x</a>";
    assert_eq!(words(Dialect::Ossec43, prolog), "");
    for dialect in [Dialect::Ossec283, Dialect::Ossec37, Dialect::Wazuh414] {
        assert_eq!(
            words(dialect, prolog),
            "Bad attribute closing for 'version'='1.0'. (line 1)."
        );
        assert_eq!(words(dialect, b"\xEF\xBB\xBF<a>x</a>"), "");
    }
    // A doubled backslash.
    assert_eq!(words(Dialect::Wazuh414, br"<d><a>^a \\</a></d>"), "");
    assert_eq!(
        words(Dialect::Wazuh414, br"<d><a>^a \\\</a></d>"),
        "Element 'a' not closed. (line 1)."
    );
    // `$` without any variable in the file, and `$(`.
    assert_eq!(
        words(Dialect::Ossec283, b"<a>^a $x</a>"),
        "Unknown variable: 'x'.."
    );
    assert_eq!(words(Dialect::Ossec37, b"<a>^a $x</a>"), "");
    let text = b"<var name='X'>V</var><a>a $(b) $X c</a>";
    assert_eq!(words(Dialect::Ossec43, text), "Unknown variable: '(b)'..");
    let (_, parsed) = read(Dialect::Wazuh414, text, true);
    assert_eq!(dump(&parsed.document), "var:var=V\n@name=X\na=a $(b) V c\n");
}

#[test]
fn variables() {
    let var = "<var name='W'>foo</var>";
    let shown = "var:var=foo\n@name=W\n";
    for (text, expect) in [
        ("<a>^x $W</a>", "a=^x foo\n"),
        ("<a>$W$w|$W.x$ y$</a>", "a=foofoo|foo.x$ y$\n"),
        ("<a>$W</a>", "a=$W\n"),
        ("<a b='x.$W'/>", "a=\n@b=x.foo\n"),
        ("<a b='$W'/>", "a=\n@b=$W\n"),
        ("<a>$$W</a>", "a=$foo\n"),
        (
            "<var name='W'>bar</var><a>^x $W</a>",
            "var:var=bar\n@name=W\na=^x foo\n",
        ),
        (
            "<VAR NAME='V'>$W</VAR><a>^x $V</a>",
            "var:VAR=$W\n@NAME=V\na=^x $W\n",
        ),
        ("<var name='E'/><a>^x$E</a>", "var:var=\n@name=E\na=^x\n"),
    ] {
        check(&format!("{var}{text}"), &format!("{shown}{expect}"));
    }
    check("<a>^x $W</a>", "a=^x $W\n");
    // A variable without a name takes the next one that it finds.
    check(
        "<var>v</var><a name='foo'>x $foo</a>",
        "var:var=v\na=x v\n@name=foo\n",
    );
}

#[test]
fn places() {
    let text = b"<var name='W'>foo</var><a>ab<!-- -->cd $W ef</a>";
    let (sources, parsed) = read(Dialect::Ossec43, text, true);
    let a = parsed.document.roots().next().unwrap();
    assert_eq!(sources.text(a.span()), "<a>");
    assert_eq!(a.content().bytes(), "abcd foo ef");
    let at = |range| sources.text(a.content().span_of(range));
    assert_eq!(at(0..2), "ab");
    assert_eq!(at(2..4), "cd");
    assert_eq!(at(6..7), "$W");
    assert_eq!(at(9..11), "ef");
    assert_eq!(at(0..11), "ab<!-- -->cd $W ef");
}

/// Messages and the text at the primary place.
fn problems(text: &str) -> Vec<String> {
    let (sources, parsed) = read(Dialect::Ossec43, text.as_bytes(), true);
    let show = |found: &Diagnostic| {
        let place = found
            .primary()
            .map_or_else(String::new, |at| sources.text(at).to_string());
        format!("{}: {place}", found.message)
    };
    parsed.diagnostics.iter().map(show).collect()
}

#[test]
fn recovery() {
    let text = "<group name='a'>\n <rule id=1 level='3'><match>a < b</match></rule>\n \
                <rule id='2'><match>x</macth><user>y</User></rule>\n \
                <rule id='3'><match type='pcre2'>(?<=x)b</match></rule>\n \
                <rule id='4'><match>b\\\\</match></rule>\n\
                <rule id='5'><match>ok</match></rule>\n</group>\n";
    insta::assert_snapshot!(problems(text).join("\n"), @r"
    the value of attribute `id` is not quoted: 1
    `<` opens an element here, and attribute `b<` is broken: <
    element `match` is not closed: <match>
    element `user` is not closed: <user>
    element `=x)b</match` is not closed: <=x)b</match>
    element `match` is not closed: <match>
    ");
    let (_, parsed) = read(Dialect::Ossec43, text.as_bytes(), true);
    let group = parsed.document.roots().next().unwrap();
    assert_eq!(group.children().count(), 5);
    let last = group.children().last().unwrap();
    assert_eq!(last.children().next().unwrap().content().bytes(), "ok");
    assert!(!last.damaged());
}

#[test]
fn recovery_of_whole_elements() {
    let unclosed = "<group name='a'><rule id='1'><match>x</match>\n<rule id='2'><match>y</match></rule></group>";
    assert_eq!(
        problems(unclosed),
        ["element `rule` is not closed: <rule id='1'>"]
    );
    let (_, parsed) = read(Dialect::Ossec43, unclosed.as_bytes(), true);
    assert_eq!(
        parsed.document.roots().next().unwrap().children().count(),
        2
    );
    assert_eq!(problems("<a/></b><c>x</d>\n<e f>x</e>").len(), 3);
    assert_eq!(
        problems("<a><![CDATA[x]]></a>"),
        ["comment is not closed: <![CDATA["]
    );
    assert_eq!(
        problems("<!DOCTYPE x>\n<a>x</a"),
        [
            "comment is not closed: <!DOCTYPE",
            "end of file while element `a` is not closed: <a>"
        ]
    );
    assert_eq!(problems("<a><!-- x </a>").len(), 1);
    assert!(problems(&"<a b=c/>".repeat(100)).len() <= 20);
}

proptest! {
    #[test]
    fn random_bytes_never_panic(
        bytes in proptest::collection::vec(prop_oneof![
            4 => proptest::sample::select(b"<>/!-\\\"'= \n$?|ab".to_vec()),
            1 => any::<u8>(),
        ], 0..200),
        dialect in proptest::sample::select(Dialect::ALL.to_vec()),
    ) {
        let (sources, parsed) = read(dialect, &bytes, true);
        for found in &parsed.diagnostics {
            for label in &found.labels {
                sources.text(label.span);
            }
        }
        prop_assert_eq!(words(dialect, &bytes).is_empty(), parsed.complete());
        for root in parsed.document.roots() {
            let _ = (root.attributes().count(), root.children().count(), root.content().span());
        }
    }

    #[test]
    fn broken_rules_never_panic(
        parts in proptest::collection::vec(proptest::sample::select(vec![
            "<group name=\"a\">", "</group>", "<rule id=\"1\">", "</rule>", "<match>", "</match>",
            "a", "<", "\\", "<!--", "-->", "<![CDATA[", "<?xml", "$A", "<var name=\"A\">", "</var>",
            "<a b", "=", ">", "/>", "(?<", "\0", "\n",
        ]), 0..40),
    ) {
        let text = parts.concat();
        let (_, parsed) = read(Dialect::Ossec43, text.as_bytes(), true);
        prop_assert!(parsed.diagnostics.len() <= 40);
    }

    #[test]
    fn same_as_quick_xml_without_quirks(tree in tree()) {
        let mut text = String::new();
        write(&tree, &mut text);
        let (_, parsed) = read(Dialect::Ossec43, text.as_bytes(), false);
        prop_assert_eq!(parsed.diagnostics.len(), 0);
        prop_assert_eq!(dump(&parsed.document), quick(&text).unwrap());
    }
}

/// An element: name, attributes, and text or children.
#[derive(Clone, Debug)]
struct Tree(String, Vec<(String, String)>, Result<String, Vec<Tree>>);

fn tree() -> impl Strategy<Value = Tree> {
    let name = "[a-u][a-z_]{0,6}";
    let attributes =
        move || proptest::collection::btree_map(name, "[ a-z(){}|\\\\^$.*+,:\\[\\]-]{0,8}", 0..3);
    let text = "[ a-z(){}|\\\\^$.*+,:\\[\\]\n-]{0,12}[a-z]|";
    let leaf = (name, attributes(), text)
        .prop_map(|(name, list, text)| Tree(name, list.into_iter().collect(), Ok(text)));
    leaf.prop_recursive(4, 24, 4, move |inner| {
        (name, attributes(), proptest::collection::vec(inner, 1..4))
            .prop_map(|(name, list, inner)| Tree(name, list.into_iter().collect(), Err(inner)))
    })
}

fn write(tree: &Tree, text: &mut String) {
    let Tree(name, attributes, inside) = tree;
    text.push_str(&format!("<{name}"));
    for (name, value) in attributes {
        text.push_str(&format!(" {name}=\"{value}\""));
    }
    text.push('>');
    match inside {
        Ok(content) => text.push_str(content),
        Err(children) => children.iter().for_each(|child| write(child, text)),
    }
    text.push_str(&format!("</{name}>"));
}

/// What quick-xml makes of it, in the form of `dump`: of the text only what stands behind the last
/// child, nothing decoded.
fn quick(text: &str) -> Result<String, String> {
    use quick_xml::events::{BytesStart, Event};
    let mut reader = quick_xml::Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    let mut open: Vec<usize> = Vec::new();
    let mut nodes: Vec<(usize, String, String)> = Vec::new();
    let start = |tag: &BytesStart<'_>, nodes: &mut Vec<_>, depth| -> Result<usize, String> {
        let at = nodes.len();
        nodes.push((depth, tag.name().as_ref().to_string(), String::new()));
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|error| error.to_string())?;
            let key = attribute.key.as_ref().to_string();
            let value = attribute.value.to_string();
            nodes.push((depth, format!("@{key}"), value));
        }
        Ok(at)
    };
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(tag) => {
                if let Some(&parent) = open.last() {
                    nodes[parent].2.clear();
                }
                let at = start(&tag, &mut nodes, open.len())?;
                open.push(at);
            }
            Event::Empty(tag) => {
                start(&tag, &mut nodes, open.len())?;
            }
            Event::End(_) => {
                open.pop();
                if let Some(&parent) = open.last() {
                    nodes[parent].2.clear();
                }
            }
            Event::Text(piece) => {
                if let Some(&at) = open.last() {
                    nodes[at].2.push_str(&piece);
                }
            }
            Event::GeneralRef(piece) => {
                if let Some(&at) = open.last() {
                    nodes[at].2.push_str(&format!("&{};", &*piece));
                }
            }
            Event::Eof if open.is_empty() => break,
            Event::Eof => return Err("end of file".to_owned()),
            _ => {}
        }
    }
    let line = |(depth, name, content): &(usize, String, String)| {
        format!("{}{name}={content}\n", "  ".repeat(*depth))
    };
    Ok(nodes.iter().map(line).collect())
}

/// The experiment behind the reader of our own: what the dialect makes of a text against what
/// quick-xml does. Every row must differ.
#[test]
fn where_quick_xml_differs() {
    for text in [
        r"<a>x \<b>y</a>",
        r"<a>x \\<b>y</a>",
        "<!-- note!> <a>x</a> -->",
        "<!DOCTYPE x><a>x</a>--><b>x</b>",
        "<a>x<![CDATA[y]]></a>-->z</a>",
        "<a b ='c'/>",
        "<a b='c>d'/>",
        "<a>x</a >",
        "<a>x& y</a>",
        "<a<!-- x -->b>x</ab>",
        "<a>b\0c</a>",
        "<a>x\n<!-- c -->\\<!-- d --></a>",
        "<x / y>",
    ] {
        let (_, parsed) = read(Dialect::Ossec43, text.as_bytes(), false);
        let ours = parsed.complete().then(|| dump(&parsed.document));
        assert_ne!(ours, quick(text).ok(), "{text}");
    }
}
