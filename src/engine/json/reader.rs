//! Reads JSON as laxly as the original's library does (`spec/wazuh.md` §8.1).

use super::number;
use super::tape::{Json, Place, Str, Tape, Token, Value};

/// Arrays and objects that may be open at once.
const MAX_DEPTH: usize = 1000;

/// The text is no JSON; where and why nobody asks.
struct Invalid;

/// Reads the first value of the text. What stands behind it is ignored; an error inside of it means
/// that there is no value. Time and memory are linear in the length of the text.
pub(crate) fn parse<'a>(text: &'a [u8], tape: &'a mut Tape) -> Option<Value<'a>> {
    read(text, tape).map(|(value, _)| value)
}

/// As [`parse`], but nothing except white space may stand behind the value. Only output asks so.
#[cfg(feature = "cli")]
pub(crate) fn parse_whole<'a>(text: &'a [u8], tape: &'a mut Tape) -> Option<Value<'a>> {
    let (value, rest) = read(text, tape)?;
    rest.iter().all(|&byte| byte <= b' ').then_some(value)
}

/// The first value and what stands behind it.
fn read<'a>(text: &'a [u8], tape: &'a mut Tape) -> Option<(Value<'a>, &'a [u8])> {
    tape.tokens.clear();
    tape.unescaped.clear();
    tape.open.clear();
    // The original's texts end at a NUL. The tape counts in 32 bits.
    let text = &text[..memchr::memchr(0, text).unwrap_or(text.len())];
    if u32::try_from(text.len()).is_err() {
        return None;
    }
    let start = text.strip_prefix(b"\xEF\xBB\xBF").map_or(0, |_| 3);
    let mut reader = Reader {
        text,
        pos: start,
        tape,
    };
    reader.value().ok()?;
    let rest = text.get(reader.pos..).unwrap_or_default();
    let json = Json { text, tape };
    Some((Value { json, at: 0 }, rest))
}

struct Reader<'a, 't> {
    text: &'a [u8],
    pos: usize,
    tape: &'t mut Tape,
}

impl Reader<'_, '_> {
    fn value(&mut self) -> Result<(), Invalid> {
        loop {
            let opened = self.begin()?;
            if !opened && self.finish()? {
                return Ok(());
            }
        }
    }

    /// Reads a scalar, an empty container, or the start of a container: `true`, the next thing is
    /// its first value.
    fn begin(&mut self) -> Result<bool, Invalid> {
        self.skip_space();
        let byte = self.peek().ok_or(Invalid)?;
        let token = match byte {
            b'{' | b'[' => return self.open(byte == b'{'),
            b'"' => Token::String(self.string()?),
            b'-' | b'0'..=b'9' => Token::Number(self.number()?),
            b't' => self.word(b"true", Token::Bool(true))?,
            b'f' => self.word(b"false", Token::Bool(false))?,
            b'n' => self.word(b"null", Token::Null)?,
            _ => return Err(Invalid),
        };
        self.tape.tokens.push(token);
        Ok(false)
    }

    fn open(&mut self, object: bool) -> Result<bool, Invalid> {
        if self.tape.open.len() >= MAX_DEPTH {
            return Err(Invalid);
        }
        self.pos += 1;
        self.tape.open.push(self.tape.tokens.len() as u32);
        self.tape.tokens.push(if object {
            Token::Object { end: 0 }
        } else {
            Token::Array { end: 0 }
        });
        self.skip_space();
        if self.take(if object { b'}' } else { b']' }) {
            self.close();
            return Ok(false);
        }
        if object {
            self.key()?;
        }
        Ok(true)
    }

    /// Behind a complete value: goes to the next one of the innermost container, closing those that
    /// end here. `true`: that was the root.
    fn finish(&mut self) -> Result<bool, Invalid> {
        while let Some(&innermost) = self.tape.open.last() {
            let object = matches!(self.tape.tokens[innermost as usize], Token::Object { .. });
            self.skip_space();
            if self.take(b',') {
                if object {
                    self.key()?;
                }
                return Ok(false);
            }
            if !self.take(if object { b'}' } else { b']' }) {
                return Err(Invalid);
            }
            self.close();
        }
        Ok(true)
    }

    fn close(&mut self) {
        let behind = self.tape.tokens.len() as u32;
        if let Some(innermost) = self.tape.open.pop()
            && let Token::Object { end } | Token::Array { end } =
                &mut self.tape.tokens[innermost as usize]
        {
            *end = behind;
        }
    }

    /// `"key" :`
    fn key(&mut self) -> Result<(), Invalid> {
        self.skip_space();
        if self.peek() != Some(b'"') {
            return Err(Invalid);
        }
        let key = self.string()?;
        self.tape.tokens.push(Token::String(key));
        self.skip_space();
        if self.take(b':') {
            Ok(())
        } else {
            Err(Invalid)
        }
    }

    fn word(&mut self, word: &[u8], token: Token) -> Result<Token, Invalid> {
        if !self.text[self.pos..].starts_with(word) {
            return Err(Invalid);
        }
        self.pos += word.len();
        Ok(token)
    }

    fn number(&mut self) -> Result<f64, Invalid> {
        let (value, length) = number::read(&self.text[self.pos..]).ok_or(Invalid)?;
        self.pos += length;
        Ok(value)
    }

    /// From its first quote to behind its last one.
    fn string(&mut self) -> Result<Str, Invalid> {
        let start = self.pos + 1;
        let stop = self.next_mark(start)?;
        if self.text[stop] == b'"' {
            self.pos = stop + 1;
            return Ok(Str {
                start: start as u32,
                length: (stop - start) as u32,
                place: Place::Text,
            });
        }
        let out = self.tape.unescaped.len();
        self.pos = start;
        self.unescape(stop)?;
        // `\u0000`: the original's strings end at it.
        let added = &self.tape.unescaped[out..];
        let length = memchr::memchr(0, added).unwrap_or(added.len());
        self.tape.unescaped.truncate(out + length);
        Ok(Str {
            start: out as u32,
            length: length as u32,
            place: Place::Unescaped,
        })
    }

    /// Copies from `pos` to behind the closing quote; `mark` is the first backslash.
    fn unescape(&mut self, mut mark: usize) -> Result<(), Invalid> {
        loop {
            let plain = &self.text[self.pos..mark];
            self.tape.unescaped.extend_from_slice(plain);
            self.pos = mark + 1;
            if self.text[mark] == b'"' {
                return Ok(());
            }
            let escape = self.peek().ok_or(Invalid)?;
            self.pos += 1;
            let byte = match escape {
                b'"' | b'\\' | b'/' => escape,
                b'b' => 0x08,
                b'f' => 0x0c,
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'u' => {
                    let symbol = self.symbol()?;
                    let mut buffer = [0; 4];
                    let bytes = symbol.encode_utf8(&mut buffer).as_bytes();
                    self.tape.unescaped.extend_from_slice(bytes);
                    mark = self.next_mark(self.pos)?;
                    continue;
                }
                _ => return Err(Invalid),
            };
            self.tape.unescaped.push(byte);
            mark = self.next_mark(self.pos)?;
        }
    }

    /// Behind `\u`: four digits, or a pair of surrogates.
    fn symbol(&mut self) -> Result<char, Invalid> {
        let first = self.hex()?;
        let code = match first {
            0xD800..=0xDBFF => {
                if !self.take(b'\\') || !self.take(b'u') {
                    return Err(Invalid);
                }
                match self.hex()? {
                    second @ 0xDC00..=0xDFFF => 0x10000 + ((first & 0x3FF) << 10 | second & 0x3FF),
                    _ => return Err(Invalid),
                }
            }
            _ => first,
        };
        // A low surrogate alone is no character.
        char::from_u32(code).ok_or(Invalid)
    }

    fn hex(&mut self) -> Result<u32, Invalid> {
        let digits = self.text.get(self.pos..self.pos + 4).ok_or(Invalid)?;
        self.pos += 4;
        digits.iter().try_fold(0, |code, &digit| {
            let digit = char::from(digit).to_digit(16).ok_or(Invalid)?;
            Ok(code << 4 | digit)
        })
    }

    /// The next quote or backslash.
    fn next_mark(&self, from: usize) -> Result<usize, Invalid> {
        memchr::memchr2(b'"', b'\\', &self.text[from..])
            .map(|at| from + at)
            .ok_or(Invalid)
    }

    /// White space is every byte up to the blank.
    fn skip_space(&mut self) {
        let rest = &self.text[self.pos..];
        let length = rest.iter().take_while(|&&byte| byte <= b' ').count();
        self.pos += length;
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.pos).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.pos += usize::from(there);
        there
    }
}
