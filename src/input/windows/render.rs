//! An exported event in the form in which agents send it.
//!
//! Agents take the event from Windows as one line of XML, attributes in single quotes, and the
//! message apart from it. Exports come pretty printed, in double quotes, with `<RenderingInfo>`
//! (whose `<Message>` is that message), with CDATA and references where Windows has none. The text
//! is the same either way, so it is taken out of the one form and put into the other.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::engine::json;

/// Where the message of an event stands.
const RENDERING: &str = "RenderingInfo";
const MESSAGE: &str = "Message";

/// Why XML is no event.
#[derive(Debug, thiserror::Error)]
#[error("not an event: {reason} (byte {byte} of it)")]
pub struct Malformed {
    /// What the XML reader says.
    reason: String,
    /// Where, counted from 0.
    byte: u64,
}

/// The parts of a message that an agent sends.
#[derive(Debug, Default)]
struct Parts {
    /// The event as Windows renders it.
    event: Vec<u8>,
    /// The text for people.
    message: Option<String>,
}

/// Appends `{"Message":"…","Event":"…"}`, without `Message` if there is none.
///
/// # Errors
/// The XML is broken; nothing is appended.
pub(super) fn render(xml: &[u8], out: &mut Vec<u8>) -> Result<(), Malformed> {
    let parts = parts(&String::from_utf8_lossy(xml))?;
    out.push(b'{');
    if let Some(message) = &parts.message {
        out.extend_from_slice(b"\"Message\":");
        json::push_string(message.as_bytes(), out);
        out.push(b',');
    }
    out.extend_from_slice(b"\"Event\":");
    json::push_string(&parts.event, out);
    out.push(b'}');
    Ok(())
}

/// What the element before was.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    Start,
    Other,
}

/// Where the reader is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// What agents send.
    Event,
    /// In `<RenderingInfo>`, which they leave out.
    Rendering,
    /// In the message there.
    Message,
}

fn parts(xml: &str) -> Result<Parts, Malformed> {
    let mut reader = Reader::from_str(xml);
    // A lone `&` is what somebody wrote by hand: it is text.
    reader.config_mut().allow_dangling_amp = true;
    let mut renderer = Renderer::new();
    loop {
        let event = reader.read_event().map_err(|error| Malformed {
            reason: error.to_string(),
            byte: reader.error_position(),
        })?;
        let malformed = |reason: String| Malformed {
            reason,
            byte: reader.buffer_position(),
        };
        match event {
            Event::Text(piece) => renderer.text.push_str(&piece),
            Event::CData(piece) => renderer.text.push_str(&piece),
            Event::GeneralRef(name) => push_reference(&name, &mut renderer.text),
            Event::Start(tag) => renderer.start(&tag).map_err(malformed)?,
            Event::Empty(tag) => renderer.empty(&tag).map_err(malformed)?,
            Event::End(tag) => renderer.end(tag.name().as_ref()),
            Event::Comment(_) | Event::PI(_) | Event::Decl(_) | Event::DocType(_) => {}
            Event::Eof if renderer.depth > 0 => {
                return Err(malformed("it is not closed".to_owned()));
            }
            Event::Eof => return Ok(renderer.parts),
        }
    }
}

/// Takes the markup of an event and puts together the parts.
struct Renderer {
    parts: Parts,
    /// Text since the last tag, references resolved.
    text: String,
    before: Before,
    /// Of elements that are open.
    depth: usize,
    place: Place,
}

impl Renderer {
    fn new() -> Self {
        Renderer {
            parts: Parts::default(),
            text: String::new(),
            before: Before::Other,
            depth: 0,
            place: Place::Event,
        }
    }

    fn start(&mut self, tag: &BytesStart<'_>) -> Result<(), String> {
        match (self.place, self.depth, tag.name().as_ref()) {
            (Place::Event, 1, RENDERING) => {
                self.finish_text();
                self.place = Place::Rendering;
            }
            (Place::Event, ..) => self.push_tag(tag, b">")?,
            (Place::Rendering, 2, MESSAGE) => {
                self.text.clear();
                self.place = Place::Message;
            }
            (Place::Rendering | Place::Message, ..) => {}
        }
        self.depth += 1;
        self.before = Before::Start;
        Ok(())
    }

    fn empty(&mut self, tag: &BytesStart<'_>) -> Result<(), String> {
        match (self.place, self.depth, tag.name().as_ref()) {
            (Place::Event, 1, RENDERING) => self.finish_text(),
            (Place::Event, ..) => self.push_tag(tag, b"/>")?,
            (Place::Rendering | Place::Message, ..) => {}
        }
        self.before = Before::Other;
        Ok(())
    }

    fn end(&mut self, name: &str) {
        self.depth = self.depth.saturating_sub(1);
        match (self.place, self.depth) {
            (Place::Event, _) => {
                let out = &mut self.parts.event;
                match self.before {
                    // What an element without others holds is its value, blank or not.
                    Before::Start => push_text(&self.text, out),
                    Before::Other => push_between(&self.text, out),
                }
                out.extend_from_slice(b"</");
                out.extend_from_slice(name.as_bytes());
                out.push(b'>');
                self.text.clear();
            }
            (Place::Message, 2) => {
                let text = std::mem::take(&mut self.text);
                self.parts.message.get_or_insert(text);
                self.place = Place::Rendering;
            }
            (Place::Rendering, 1) => {
                self.text.clear();
                self.place = Place::Event;
            }
            (Place::Rendering | Place::Message, _) => {}
        }
        self.before = Before::Other;
    }

    fn push_tag(&mut self, tag: &BytesStart<'_>, end: &[u8]) -> Result<(), String> {
        self.finish_text();
        push_tag(tag, end, &mut self.parts.event)
    }

    /// Writes the text in front of a tag, if it is more than layout.
    fn finish_text(&mut self) {
        push_between(&self.text, &mut self.parts.event);
        self.text.clear();
    }
}

/// Text beside elements. White space there is layout.
fn push_between(text: &str, out: &mut Vec<u8>) {
    if !text.trim_ascii().is_empty() {
        push_text(text, out);
    }
}

/// Text as Windows escapes it, then changed as agents do before they send: line breaks, and TABs
/// behind a line break or a colon, become blanks (`spec/wazuh.md` §8.3).
fn push_text(text: &str, out: &mut Vec<u8>) {
    let mut tab_is_blank = false;
    for byte in text.bytes() {
        match byte {
            b'\t' if tab_is_blank => {
                out.push(b' ');
                continue;
            }
            b'\r' | b'\n' => out.push(b' '),
            byte => push_escaped(byte, out),
        }
        tab_is_blank = matches!(byte, b'\r' | b'\n' | b':');
    }
}

fn push_escaped(byte: u8, out: &mut Vec<u8>) {
    match byte {
        b'&' => out.extend_from_slice(b"&amp;"),
        b'<' => out.extend_from_slice(b"&lt;"),
        b'>' => out.extend_from_slice(b"&gt;"),
        byte => out.push(byte),
    }
}

/// A tag on one line, its attributes in single quotes.
fn push_tag(tag: &BytesStart<'_>, end: &[u8], out: &mut Vec<u8>) -> Result<(), String> {
    out.push(b'<');
    out.extend_from_slice(tag.name().as_ref().as_bytes());
    // Of two attributes with one name both stay, as agents would send them.
    for attribute in tag.attributes().with_checks(false) {
        let attribute = attribute.map_err(|error| error.to_string())?;
        out.push(b' ');
        out.extend_from_slice(attribute.key.as_ref().as_bytes());
        out.extend_from_slice(b"='");
        for byte in resolved(&attribute.value).bytes() {
            match byte {
                b'\'' => out.extend_from_slice(b"&apos;"),
                b'"' => out.extend_from_slice(b"&quot;"),
                // White space in an attribute is a blank in XML.
                b'\r' | b'\n' | b'\t' => out.push(b' '),
                byte => push_escaped(byte, out),
            }
        }
        out.push(b'\'');
    }
    out.extend_from_slice(end);
    Ok(())
}

/// The value of an attribute, references resolved.
fn resolved(value: &str) -> Cow<'_, str> {
    let Some((front, mut rest)) = value.split_once('&') else {
        return Cow::Borrowed(value);
    };
    let mut text = front.to_owned();
    loop {
        match rest.find([';', '&']) {
            Some(end) if rest[end..].starts_with(';') => {
                push_reference(&rest[..end], &mut text);
                rest = &rest[end + 1..];
            }
            _ => text.push('&'),
        }
        let Some((front, behind)) = rest.split_once('&') else {
            text.push_str(rest);
            return Cow::Owned(text);
        };
        text.push_str(front);
        rest = behind;
    }
}

/// The character that a reference names; one that names none is text.
fn push_reference(name: &str, text: &mut String) {
    let number = || match name.strip_prefix("#x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => name.strip_prefix('#')?.parse().ok(),
    };
    let letter = match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => number().filter(|&code| code != 0).and_then(char::from_u32),
    };
    match letter {
        Some(letter) => text.push(letter),
        None => {
            text.push('&');
            text.push_str(name);
            text.push(';');
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(xml: &str, event: &str, message: Option<&str>) {
        let parts = parts(xml).unwrap();
        assert_eq!(String::from_utf8(parts.event).unwrap(), event);
        assert_eq!(parts.message.as_deref(), message);
    }

    #[test]
    fn pretty_printed_becomes_one_line() {
        check(
            "<Event xmlns=\"http://x/event\">\r\n  <System>\r\n    <Provider Name=\"P\"\n  Guid = \"{1}\" />\n\
             <EventID Qualifiers=''>7</EventID>\n<Correlation />\n  </System>\n  <EventData>\n \
             <Data Name=\"a\"> </Data>\n<Data></Data><Data>x</Data>\n  </EventData >\n</Event>",
            "<Event xmlns='http://x/event'><System><Provider Name='P' Guid='{1}'/>\
             <EventID Qualifiers=''>7</EventID><Correlation/></System><EventData>\
             <Data Name='a'> </Data><Data></Data><Data>x</Data></EventData></Event>",
            None,
        );
    }

    #[test]
    fn what_windows_wrote_stays() {
        let event = "<Event xmlns='x'><System><Provider Name='P'/></System><EventData>\
            <Data Name='c'>\"C:\\a b\" /c 'x' &amp;&amp; y &gt; z\t1 &lt;</Data></EventData></Event>";
        check(event, event, None);
    }

    #[test]
    fn text_is_text_however_it_is_written() {
        check(
            "<Event a=\"it's &quot;1&#62;&#x26;&x;&\"><!-- c --><![CDATA[<&]]>&lt;&quot;&#39;&nbsp;&#0;& b\
             <?pi?></Event>",
            "<Event a='it&apos;s &quot;1&gt;&amp;&amp;x;&amp;'>&lt;&amp;&lt;\"'&amp;nbsp;&amp;#0;&amp; b</Event>",
            None,
        );
        check(
            "<Event><D>a\r\n\t\tb:\t\tc\td&#10;\te&#9;</D></Event>",
            "<Event><D>a    b:  c\td  e\t</D></Event>",
            None,
        );
    }

    #[test]
    fn the_message_stands_apart() {
        check(
            "<Event><System/>\n<RenderingInfo Culture='en-US'><Message>A &amp; b.\r\n\tC:\t<i>d</i></Message>\
             <Level>Info</Level><Keywords><Keyword>k</Keyword></Keywords></RenderingInfo>\n</Event>",
            "<Event><System/></Event>",
            Some("A & b.\r\n\tC:\td"),
        );
        check(
            "<Event><RenderingInfo><Message/></RenderingInfo><RenderingInfo/><RenderingInfo><Message>1\
             </Message><Message>2</Message></RenderingInfo><UserData><x><Message>3</Message></x>\
             </UserData></Event>",
            "<Event><UserData><x><Message>3</Message></x></UserData></Event>",
            Some("1"),
        );
        let mut out = Vec::new();
        let xml =
            "<Event a=\"1\"><RenderingInfo><Message>\"a\"\n</Message></RenderingInfo></Event>";
        render(xml.as_bytes(), &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            r#"{"Message":"\"a\"\n","Event":"<Event a='1'></Event>"}"#
        );
    }

    #[test]
    fn broken_events() {
        for xml in [
            "<Event><a></Event>",
            "<Event",
            "<Event><a b=></a></Event>",
            "<Event>",
        ] {
            let error = parts(xml).unwrap_err().to_string();
            assert!(error.starts_with("not an event: "), "{xml}: {error}");
        }
    }

    proptest! {
        #[test]
        fn once_is_enough(pieces in prop::collection::vec(prop::sample::select(vec![
            "<a b=\"1\">", "</a>", "<c/>", "text", " ", "\n\t", ":\t", "&lt;", "<![CDATA[ & ]]>", "'",
            "<RenderingInfo>", "</RenderingInfo>", "<Message>", "</Message>",
        ]), 0..20)) {
            let xml = format!("<Event>{}</Event>", pieces.concat());
            if let Ok(first) = parts(&xml) {
                let event = String::from_utf8(first.event).unwrap();
                let again = parts(&event).unwrap().event;
                prop_assert_eq!(String::from_utf8(again).unwrap(), event);
            }
        }

        #[test]
        fn nothing_panics(bytes: Vec<u8>) {
            let _ = render(&bytes, &mut Vec::new());
        }
    }
}
