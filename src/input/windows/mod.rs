//! Events of the Windows event channel, as people export them and as agents send them.
//!
//! Two forms, told apart by the first byte that is no white space: XML with any number of `<Event>`
//! elements, as the Event Viewer saves and `wevtutil` prints it, in UTF-8 or UTF-16; and JSON
//! Lines, `{"Message":"…","Event":"<Event …>"}`, which are what agents send. The first is turned
//! into the second (`spec/wazuh.md` §8.3).

mod render;
mod split;

use std::io::{self, Cursor, Read};

use memchr::memmem;

use super::utf16::FromUtf16;
pub use render::Malformed;
pub use split::Incomplete;
use split::Splitter;

/// Longest event in bytes, far more than the engine takes.
const LIMIT: usize = 16 * 1024 * 1024;

/// So much white space may stand in front.
const BLANKS: usize = 64 * 1024;

/// A source whose first bytes have been looked at, in UTF-8.
type Source<R> = io::Chain<Cursor<Vec<u8>>, FromUtf16<R>>;

/// What is in a file.
pub enum WindowsInput<R> {
    /// XML.
    Exported(ExportedEvents<R>),
    /// JSON Lines.
    Lines(Source<R>),
}

impl<R: Read> WindowsInput<R> {
    /// Reads as much as is needed to see what it is.
    ///
    /// # Errors
    /// The source cannot be read.
    pub fn new(source: R) -> io::Result<Self> {
        let mut source = FromUtf16::new(source);
        let mut head = Vec::new();
        let first = loop {
            let mut chunk = [0; 4096];
            let count = source.read(&mut chunk)?;
            head.extend_from_slice(&chunk[..count]);
            let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head);
            let first = text.iter().find(|byte| !byte.is_ascii_whitespace());
            let mark = b"\xef\xbb\xbf".starts_with(&head);
            if count == 0 || first.is_some() && !mark || head.len() > BLANKS {
                break first.copied();
            }
        };
        let source = Cursor::new(head).chain(source);
        Ok(match first {
            Some(b'<') => WindowsInput::Exported(ExportedEvents {
                splitter: Splitter::new(source, LIMIT),
                message: Vec::new(),
            }),
            _ => WindowsInput::Lines(source),
        })
    }
}

/// Why a part of an export is no event.
#[derive(Debug, thiserror::Error)]
pub enum NoEvent {
    /// It has no end.
    #[error(transparent)]
    Incomplete(#[from] Incomplete),
    /// It is no XML.
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

/// Reads the events of an export. Memory is that of one event, however many there are.
///
/// ```
/// use ossia::input::WindowsInput;
///
/// let xml = "<Events>\n<Event a=\"1\">\n <System/>\n</Event></Events>";
/// let WindowsInput::Exported(mut events) = WindowsInput::new(xml.as_bytes()).unwrap() else {
///     panic!("this is XML");
/// };
/// let (line, message) = events.next().unwrap().unwrap();
/// assert_eq!(line, 2);
/// assert_eq!(message.unwrap(), br#"{"Event":"<Event a='1'><System/></Event>"}"#);
/// assert!(events.next().unwrap().is_none());
/// ```
pub struct ExportedEvents<R> {
    splitter: Splitter<Source<R>>,
    message: Vec<u8>,
}

impl<R: Read> ExportedEvents<R> {
    /// True if [`ExportedEvents::next`] would have to read: the moment to flush what was written.
    pub fn needs_more(&self) -> bool {
        self.splitter.needs_more()
    }

    /// The line where the next event begins, and what an agent would send of it; `None` at the end.
    ///
    /// # Errors
    /// The source cannot be read.
    #[expect(
        clippy::should_implement_trait,
        reason = "a message borrows the buffer, which an iterator cannot do"
    )]
    #[expect(clippy::type_complexity, reason = "three simple parts")]
    pub fn next(&mut self) -> io::Result<Option<(u64, Result<&[u8], NoEvent>)>> {
        let Some(cut) = self.splitter.next()? else {
            return Ok(None);
        };
        self.message.clear();
        let rendered = cut
            .xml
            .map_err(NoEvent::from)
            .and_then(|xml| Ok(render::render(xml, &mut self.message)?));
        Ok(Some((cut.line, rendered.map(|()| &self.message[..]))))
    }
}

/// The text that begins with the time of an event, `2023-11-14T22:13:20.123Z'/>…`, in a message as
/// agents send it.
pub fn event_time(message: &[u8]) -> Option<&[u8]> {
    const KEY: &[u8] = b"<TimeCreated SystemTime=";
    let found = memmem::find(message, KEY)?;
    let value = message.get(found + KEY.len()..)?;
    // In double quotes they stand escaped in the JSON.
    let value = value.strip_prefix(b"\\").unwrap_or(value);
    value
        .strip_prefix(b"'")
        .or_else(|| value.strip_prefix(b"\""))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::input::{Stamp, stamp};

    /// `line: message` of each event, or the text of a file of lines.
    fn read(bytes: &[u8]) -> String {
        let mut out = String::new();
        match WindowsInput::new(bytes).unwrap() {
            WindowsInput::Exported(mut events) => {
                while let Some((line, message)) = events.next().unwrap() {
                    let message = match message {
                        Ok(message) => String::from_utf8_lossy(message).into_owned(),
                        Err(error) => error.to_string(),
                    };
                    out.push_str(&format!("{line}: {message}\n"));
                }
            }
            WindowsInput::Lines(mut source) => {
                let mut bytes = Vec::new();
                source.read_to_end(&mut bytes).unwrap();
                out = format!("lines: {}", String::from_utf8_lossy(&bytes));
            }
        }
        out
    }

    #[test]
    fn forms() {
        let event = "1: {\"Event\":\"<Event>ä</Event>\"}\n";
        assert_eq!(read("<Event>ä</Event>".as_bytes()), event);
        assert_eq!(read("\u{feff}<Event>ä</Event>".as_bytes()), event);
        for (mark, order) in [
            ([0xFF, 0xFE], u16::to_le_bytes as fn(u16) -> [u8; 2]),
            ([0xFE, 0xFF], u16::to_be_bytes),
        ] {
            let mut bytes = mark.to_vec();
            let xml =
                "<?xml version=\"1.0\" encoding=\"utf-16\"?><Events><Event>ä</Event></Events>";
            bytes.extend(xml.encode_utf16().flat_map(order));
            assert_eq!(read(&bytes), event);
        }
        let blank = "\n".repeat(5000);
        assert!(read(format!("{blank}<Event/>").as_bytes()).starts_with("5001: "));
        for lines in [
            "",
            " ",
            "{\"Event\":\"<Event/>\"}\n{",
            "\u{feff}{",
            "\"<Event/>",
            "hell",
        ] {
            assert_eq!(read(lines.as_bytes()), format!("lines: {lines}"));
        }
    }

    #[test]
    fn broken_events_are_told_with_their_line() {
        let xml = "<Events>\n<Event><a></Event>\n<Event/>\n<Event>\n";
        let lines: Vec<_> = read(xml.as_bytes()).lines().map(str::to_owned).collect();
        assert!(lines[0].starts_with("2: not an event: "), "{}", lines[0]);
        assert_eq!(lines[1], "3: {\"Event\":\"<Event/>\"}");
        assert!(lines[2].starts_with("4: not an event: there is no"));
    }

    #[test]
    fn times() {
        let time = |message: &str| event_time(message.as_bytes()).and_then(stamp);
        let expected = Some(Stamp::Instant(1_700_000_000));
        for quote in ["'", "\"", "\\\""] {
            let message = format!(
                "{{\"Event\":\"<System><TimeCreated SystemTime={quote}2023-11-14T22:13:20.123456700Z{quote}/>"
            );
            assert_eq!(time(&message), expected, "{message}");
        }
        assert_eq!(time("{}"), None);
        assert_eq!(time("<TimeCreated SystemTime="), None);
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes: Vec<u8>) {
            read(&bytes);
            let _ = event_time(&bytes);
        }
    }
}
