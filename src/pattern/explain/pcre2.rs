//! pcre2, part by part (`spec/regex.md` §9).

use super::Parts;
use crate::pattern::dialect::Pcre2Rules;
use crate::pattern::literal::Anchored;
use crate::pattern::pcre2_syntax::counted;
use crate::pattern::translate::plain_byte;

pub(super) fn explain(parts: &mut Parts<'_>, rules: Pcre2Rules) {
    let plain = |text: &[u8]| text.iter().all(|&byte| plain_byte(byte));
    let shortcut = rules.shortcut && Anchored::of(parts.pattern, plain).is_some();
    let mut reader = Reader {
        parts,
        at: 0,
        caseless: rules.caseless,
        groups: 0,
        open: Vec::new(),
        shortcut,
    };
    while reader.at < reader.parts.pattern.len() {
        reader.part();
    }
}

struct Reader<'p, 'a> {
    parts: &'p mut Parts<'a>,
    at: usize,
    caseless: bool,
    /// Groups with a number so far.
    groups: usize,
    /// What the open parentheses are, and the case flag outside.
    open: Vec<(String, bool)>,
    shortcut: bool,
}

impl Reader<'_, '_> {
    fn rest(&self) -> &[u8] {
        self.parts.pattern.get(self.at..).unwrap_or_default()
    }

    fn part(&mut self) {
        let byte = self.rest()[0];
        match byte {
            b'\\' => self.escape(),
            b'[' => self.class(),
            b'(' => self.group(),
            b')' => {
                let (what, caseless) = self.open.pop().unwrap_or_else(|| {
                    ("nothing: the pattern is refused".to_owned(), self.caseless)
                });
                self.caseless = caseless;
                self.repeated(1, format!("ends {what}"), "which occurs");
            }
            b'|' => self.plain(1, "or"),
            b'^' if self.shortcut => self.plain(
                1,
                "the start of the input; plain text with an anchor is compared without a regex",
            ),
            b'$' if self.shortcut => self.plain(
                1,
                "the very end of the input; plain text with an anchor is compared without a regex",
            ),
            b'^' => self.plain(1, "the start of the input"),
            b'$' => self.plain(
                1,
                "the end of the input, or before a newline that is its last byte",
            ),
            b'.' => self.repeated(1, "any byte but a newline".to_owned(), "taken"),
            _ => self.text(),
        }
    }

    fn plain(&mut self, length: usize, meaning: impl Into<String>) {
        self.parts.push(self.at..self.at + length, meaning);
        self.at += length;
    }

    /// Pushes an item of this length and the quantifier that follows it.
    fn repeated(&mut self, length: usize, meaning: String, verb: &str) {
        let rest = self.rest().get(length..).unwrap_or_default();
        match quantifier(rest) {
            Some((signs, count)) => {
                self.plain(length + signs, format!("{meaning}, {verb} {count}"));
            }
            None => self.plain(length, meaning),
        }
    }

    /// Literals up to the next sign; the last one apart if it is repeated.
    fn text(&mut self) {
        let rest = self.rest();
        let mut end = rest[1..]
            .iter()
            .position(|byte| b"\\[()|^$.*+?{".contains(byte))
            .map_or(rest.len(), |length| length + 1);
        let repeats = quantifier(&rest[end..]).is_some();
        if repeats && end > 1 {
            end -= 1;
        }
        let case = if self.caseless { ", in any case" } else { "" };
        if repeats && end == 1 {
            let shown = rest[..1].escape_ascii().to_string();
            return self.repeated(1, format!("`{shown}`{case}"), "taken");
        }
        let range = self.at..self.at + end;
        self.parts.push_text(range, case);
        self.at += end;
    }

    fn escape(&mut self) {
        let rest = self.rest();
        let Some(&letter) = rest.get(1) else {
            return self.plain(1, "a lone backslash at the end: the pattern is refused");
        };
        if letter == b'Q' {
            let end = memchr::memmem::find(rest, b"\\E").map_or(rest.len(), |end| end + 2);
            return self.plain(end, "text in which no sign is special");
        }
        let braced = rest.get(2) == Some(&b'{') && b"xopPNgku".contains(&letter);
        let digits = |most: usize, hexadecimal: bool| {
            let digit = |byte: &&u8| {
                if hexadecimal {
                    byte.is_ascii_hexdigit()
                } else {
                    byte.is_ascii_digit()
                }
            };
            rest.iter().skip(2).take(most).take_while(digit).count()
        };
        let length = if braced {
            rest.iter()
                .position(|&byte| byte == b'}')
                .map_or(rest.len(), |end| end + 1)
        } else {
            match letter {
                b'x' => 2 + digits(2, true),
                b'0'..=b'9' => 2 + digits(2, false),
                b'c' | b'p' | b'P' => 3.min(rest.len()),
                _ => 2,
            }
        };
        let meaning = match letter {
            b'd' => "a digit",
            b'D' => "a byte that is no digit",
            b's' => "white space: blank, tab, newline, carriage return, form feed, vertical tab",
            b'S' => "a byte that is no white space",
            b'w' => "an ASCII letter, a digit or `_`",
            b'W' => "a byte that is not in `\\w`",
            b'h' => "a blank or tab",
            b'H' => "a byte that is neither blank nor tab",
            b'v' => "a line end of any kind",
            b'V' => "a byte that ends no line",
            b'N' => "any byte but a newline",
            b'R' => "a line end of any kind, `\\r\\n` included",
            b'n' => "a newline",
            b'r' => "a carriage return",
            b't' => "a tab",
            b'f' => "a form feed",
            b'e' => "an escape byte",
            b'a' => "a bell byte",
            b'x' | b'o' | b'0' => "the byte with this number",
            b'c' => "a control byte",
            b'p' | b'P' => "a Unicode property",
            b'1'..=b'9' | b'g' | b'k' => "what a group captured before",
            b'b' => "the border of a word",
            b'B' => "a place that is no border of a word",
            b'A' => "the start of the input",
            b'z' => "the very end of the input",
            b'Z' => "the end of the input, or before a newline that is its last byte",
            b'G' => "the place where the search began",
            b'K' => "forgets what matched so far",
            b'C' => "one byte",
            b'X' => "a character with its marks",
            b'E' => "ends a quotation",
            _ if letter.is_ascii_alphanumeric() => "not an escape of pcre2: the pattern is refused",
            _ => {
                let shown = letter.escape_ascii().to_string().replace("\\\\", "\\");
                return self.repeated(2, format!("a literal `{shown}`"), "taken");
            }
        };
        self.repeated(length, meaning.to_owned(), "taken");
    }

    fn class(&mut self) {
        let rest = self.rest();
        let negated = rest.get(1) == Some(&b'^');
        let first = 1 + usize::from(negated);
        let mut at = first;
        while let Some(&byte) = rest.get(at) {
            match byte {
                b'\\' => at += 1,
                b']' if at > first => break,
                b'[' if rest.get(at + 1) == Some(&b':') => {
                    at += memchr::memmem::find(&rest[at..], b":]").map_or(0, |end| end + 1);
                }
                _ => {}
            }
            at += 1;
        }
        if at >= rest.len() {
            return self.plain(
                rest.len(),
                "a class without its `]`: the pattern is refused",
            );
        }
        let members = String::from_utf8_lossy(&rest[first..at]).into_owned();
        let not = if negated { "not " } else { "" };
        self.repeated(at + 1, format!("one byte {not}out of `{members}`"), "taken");
    }

    fn group(&mut self) {
        const KINDS: &[(&str, &str, &str)] = &[
            (
                "(?:",
                "begins a group without capture",
                "the group without capture",
            ),
            (
                "(?=",
                "from here must match what is in parentheses",
                "the look-ahead",
            ),
            (
                "(?!",
                "from here must not match what is in parentheses",
                "the negative look-ahead",
            ),
            (
                "(?<=",
                "before here must match what is in parentheses",
                "the look-behind",
            ),
            (
                "(?<!",
                "before here must not match what is in parentheses",
                "the negative look-behind",
            ),
            (
                "(?>",
                "begins a group that is never tried a second way",
                "the atomic group",
            ),
            (
                "(?|",
                "begins a group whose alternatives share their numbers",
                "the group",
            ),
        ];
        let outside = self.caseless;
        let rest = self.rest();
        if let Some((sign, begins, ends)) = KINDS
            .iter()
            .find(|(sign, ..)| rest.starts_with(sign.as_bytes()))
        {
            self.open.push(((*ends).to_owned(), outside));
            return self.plain(sign.len(), *begins);
        }
        let close = |sign: u8| {
            rest.iter()
                .position(|&byte| byte == sign)
                .map(|end| end + 1)
        };
        if rest.starts_with(b"(?#") {
            let end = close(b')').unwrap_or(rest.len());
            return self.plain(end, "a comment");
        }
        if rest.starts_with(b"(*") {
            let end = close(b')').unwrap_or(rest.len());
            return self.plain(end, "a verb: controls how pcre2 works");
        }
        let name_end = match rest {
            [b'(', b'?', b'P', b'<', ..] | [b'(', b'?', b'<', ..] => close(b'>'),
            [b'(', b'?', b'\'', ..] => rest[3..]
                .iter()
                .position(|&byte| byte == b'\'')
                .map(|end| end + 4),
            _ => None,
        };
        if let Some(end) = name_end {
            self.groups += 1;
            let what = format!("group {}", self.groups);
            let meaning = format!("begins {what}, with a name");
            self.open.push((what, outside));
            return self.plain(end, meaning);
        }
        if let Some(flags) = rest.strip_prefix(b"(?") {
            let length = flags
                .iter()
                .take_while(|byte| b"imsxnJU-^".contains(byte))
                .count();
            let letters = &flags[..length];
            let (on, off) = match letters.iter().position(|&byte| byte == b'-') {
                Some(minus) => (&letters[..minus], &letters[minus..]),
                None => (letters, &b""[..]),
            };
            let caseless = (outside || on.contains(&b'i')) && !off.contains(&b'i');
            let effect = flag_names(on, off);
            match flags.get(length) {
                Some(b')') if length > 0 => {
                    self.caseless = caseless;
                    return self.plain(
                        length + 3,
                        format!("from here to the end of the group: {effect}"),
                    );
                }
                Some(b':') => {
                    self.caseless = caseless;
                    self.open
                        .push(("the group without capture".to_owned(), outside));
                    return self.plain(
                        length + 3,
                        format!("begins a group without capture: {effect}"),
                    );
                }
                _ => {
                    self.open.push(("the group".to_owned(), outside));
                    return self.plain(2, "begins a special group");
                }
            }
        }
        self.groups += 1;
        let what = format!("group {}", self.groups);
        let meaning = format!("begins {what}");
        self.open.push((what, outside));
        self.plain(1, meaning);
    }
}

fn flag_names(on: &[u8], off: &[u8]) -> String {
    let name = |&flag: &u8| match flag {
        b'i' => "case does not count",
        b'm' => "`^` and `$` at every line",
        b's' => "`.` takes a newline too",
        b'x' => "blanks and comments are ignored",
        b'n' => "plain parentheses do not capture",
        b'J' => "names may repeat",
        b'U' => "quantifiers are lazy",
        _ => "all flags off",
    };
    let on: Vec<_> = on.iter().map(|flag| name(flag).to_owned()).collect();
    let off = off
        .iter()
        .filter(|&&flag| flag != b'-')
        .map(|flag| format!("not ({})", name(flag)));
    on.into_iter().chain(off).collect::<Vec<_>>().join("; ")
}

/// Length and meaning of a quantifier at the beginning.
fn quantifier(rest: &[u8]) -> Option<(usize, String)> {
    let times = |count: u32| if count == 1 { "time" } else { "times" };
    let (length, count) = match rest.first()? {
        b'*' => (1, "any number of times, also none".to_owned()),
        b'+' => (1, "one or more times".to_owned()),
        b'?' => (1, "once or not at all".to_owned()),
        b'{' => {
            let (min, max, length) = counted(rest)?;
            let count = match max {
                Some(max) if max == min => format!("{min} {}", times(min)),
                Some(max) => format!("{min} to {max} {}", times(max)),
                None => format!("at least {min} {}", times(min)),
            };
            (length, count)
        }
        _ => return None,
    };
    Some(match rest.get(length) {
        Some(b'?') => (length + 1, format!("{count}, as few as the rest allows")),
        Some(b'+') => (length + 1, format!("{count}, and nothing is given back")),
        _ => (length, count),
    })
}
