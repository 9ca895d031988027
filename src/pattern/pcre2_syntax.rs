//! Which pcre2 patterns the `regex` crate can run, and as what.
//!
//! A conservative reader of PCRE2's syntax in byte mode (`spec/regex.md` §9): it knows the
//! constructs that mean the same in a leftmost-first automaton and gives up on the first one that
//! it does not know, so that the pattern goes to PCRE2 itself. The two languages look alike and
//! differ in many small things; therefore nothing is copied: every byte is read, and what is
//! printed is only literal bytes, classes spelled out as byte ranges, groups, alternation and
//! quantifiers, with case and dot already decided.
//!
//! Three points deserve their reasons:
//!
//! - `$` holds at the end *and before a final newline*. As the crate has no look-ahead it is
//!   printed as `()(?:\n?\z)`, allowed only where nothing can follow it. Where that empty *end
//!   marker* stands, the match of PCRE2 ends, and so do its groups.
//! - A repeated group that can match the empty text is left to PCRE2: backtrackers and automata
//!   stop such loops at different points.
//! - Large counted repetitions are left to PCRE2, which refuses some of them.

use super::classes::{ByteSet, DIGIT};
use super::literal::{Required, Runs};
use super::translate::DEEPEST_GROUPS;

/// A pattern for the `regex` crate in byte mode.
#[derive(Clone, Debug)]
pub(crate) struct Rewritten {
    /// The pattern.
    pub(crate) text: String,
    /// For each group of the original, in order: its number in `text`.
    pub(crate) groups: Vec<usize>,
    /// Numbers in `text` of the end markers.
    pub(crate) markers: Vec<usize>,
    /// If the pattern is nothing but text: the text, and whether case counts.
    pub(crate) literal: Option<(Vec<u8>, bool)>,
    /// Text that every match contains.
    pub(crate) required: Required,
}

/// Size from which a pattern goes to PCRE2, in bytes of its compiled form by a rough estimate that
/// is never too low; it refuses patterns from 64 KiB on.
pub(crate) const LARGEST: usize = 20_000;

/// `$` outside of multi-line mode: the end marker and what may follow it.
const MARKER: &str = r"()(?:\n?\z)";
/// `^` in multi-line mode.
const LINE_START: &str = "(?m:^)";
/// `$` in multi-line mode.
const LINE_END: &str = "(?m:$)";

/// Rewrites the pattern, or gives up.
pub(crate) fn rewrite(pattern: &[u8], caseless: bool) -> Option<Rewritten> {
    let flags = Flags {
        caseless,
        dotall: false,
        multiline: false,
    };
    let mut reader = Reader {
        pattern,
        at: 0,
        numbers: 0,
        groups: Vec::new(),
        markers: Vec::new(),
        names: Vec::new(),
        literal: Some((Vec::new(), caseless)),
        runs: Runs::default(),
    };
    let node = reader.alternatives(flags, 0)?;
    if reader.at != pattern.len() || node.size > LARGEST {
        return None;
    }
    let literal = reader.literal.filter(|(text, _)| !text.is_empty());
    Some(Rewritten {
        text: node.text,
        groups: reader.groups,
        markers: reader.markers,
        literal: literal.map(|(text, caseless)| (text, !caseless)),
        required: reader.runs.finish(),
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Flags {
    caseless: bool,
    dotall: bool,
    multiline: bool,
}

/// A part of the pattern, printed.
struct Node {
    text: String,
    /// Can match the empty text.
    nullable: bool,
    /// Ends in an end marker on some path: nothing may follow.
    ends: bool,
    /// Has groups of the original or markers.
    numbered: bool,
    /// Is a group, with its parentheses.
    group: bool,
    /// Is this one byte, in either case, once.
    byte: Option<u8>,
    /// Estimated size in PCRE2's compiled form, bytes.
    size: usize,
}

impl Node {
    fn zero_width(text: &str) -> Self {
        Node {
            text: text.to_owned(),
            nullable: true,
            ends: false,
            numbered: false,
            group: false,
            byte: None,
            size: 2,
        }
    }

    fn one_of(set: ByteSet) -> Self {
        let mut text = String::new();
        print_set(set, &mut text);
        Node {
            nullable: false,
            size: 34,
            ..Node::zero_width(&text)
        }
    }
}

fn print_set(set: ByteSet, out: &mut String) {
    let mut ranges = set.ranges();
    if let (Some((first, last)), None) = (ranges.next(), ranges.next())
        && first == last
    {
        return print_byte(first, out);
    }
    if set == ByteSet::EMPTY {
        return out.push_str(r"[^\x00-\xFF]");
    }
    out.push('[');
    for (first, last) in set.ranges() {
        print_byte(first, out);
        if last > first {
            out.push('-');
            print_byte(last, out);
        }
    }
    out.push(']');
}

fn print_byte(byte: u8, out: &mut String) {
    if byte.is_ascii_alphanumeric() {
        out.push(char::from(byte));
    } else {
        let digit = |value: u8| char::from(b"0123456789ABCDEF"[usize::from(value & 15)]);
        out.extend(['\\', 'x', digit(byte >> 4), digit(byte)]);
    }
}

/// One element of a class, or one escape.
enum Element {
    Byte(u8),
    Set(ByteSet),
}

struct Reader<'a> {
    pattern: &'a [u8],
    at: usize,
    /// Groups printed so far, markers included.
    numbers: usize,
    groups: Vec<usize>,
    markers: Vec<usize>,
    names: Vec<&'a [u8]>,
    /// The text so far and its case flag, while the pattern is nothing else.
    literal: Option<(Vec<u8>, bool)>,
    /// Literals of the outermost sequence.
    runs: Runs,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.pattern.get(self.at).copied()
    }

    fn peek_at(&self, ahead: usize) -> Option<u8> {
        self.pattern.get(self.at + ahead).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn number(&mut self) -> usize {
        self.numbers += 1;
        self.numbers
    }

    /// Alternatives up to `)` or the end. Flags set inside hold for the later alternatives too.
    fn alternatives(&mut self, mut flags: Flags, depth: usize) -> Option<Node> {
        if depth > DEEPEST_GROUPS {
            return None;
        }
        let mut whole = Node {
            size: 8,
            nullable: false,
            ..Node::zero_width("")
        };
        let mut alone = true;
        loop {
            self.sequence(&mut flags, depth, &mut whole)?;
            if !self.eat(b'|') {
                if depth == 0 && !alone {
                    self.runs.forget();
                }
                return Some(whole);
            }
            self.literal = None;
            if depth == 0 {
                self.runs.forget();
                alone = false;
            }
            whole.text.push('|');
        }
    }

    /// One alternative, appended to `whole`.
    fn sequence(&mut self, flags: &mut Flags, depth: usize, whole: &mut Node) -> Option<()> {
        let mut nullable = true;
        let mut ends = false;
        // Behind a newline that is the last byte `(?m)^` holds in the crate and not in PCRE2; where
        // something must follow, no match can begin there.
        let mut must_go_on = false;
        while let Some(byte) = self.peek() {
            if matches!(byte, b'|' | b')') {
                break;
            }
            if self.set_flags(flags)? {
                // A quantifier has nothing to repeat here.
                if self.at_quantifier() {
                    return None;
                }
                continue;
            }
            if ends {
                return None;
            }
            let node = self.item(*flags, depth)?;
            let node = self.repeated(node)?;
            match node.byte {
                Some(byte) if depth == 0 => self.runs.push(byte),
                _ if depth == 0 => self.runs.end(),
                _ => {}
            }
            must_go_on = (must_go_on && node.nullable) || node.text == LINE_START;
            nullable &= node.nullable;
            ends = node.ends;
            whole.numbered |= node.numbered;
            whole.size += node.size;
            if whole.size > LARGEST {
                return None;
            }
            whole.text.push_str(&node.text);
        }
        whole.nullable |= nullable;
        whole.ends |= ends;
        (!must_go_on).then_some(())
    }

    /// `(?i)`, `(?s-m)`: consumed, and the answer is yes.
    fn set_flags(&mut self, flags: &mut Flags) -> Option<bool> {
        if self.peek() != Some(b'(') || self.peek_at(1) != Some(b'?') {
            return Some(false);
        }
        let start = self.at;
        self.at += 2;
        let mut changed = *flags;
        if self.flag_letters(&mut changed) && self.eat(b')') {
            let first = self
                .literal
                .as_ref()
                .is_some_and(|(text, _)| text.is_empty());
            self.literal = first.then(|| (Vec::new(), changed.caseless));
            *flags = changed;
            return Some(true);
        }
        self.at = start;
        Some(false)
    }

    /// At least one letter of `ims`, then perhaps `-` and more.
    fn flag_letters(&mut self, flags: &mut Flags) -> bool {
        let start = self.at;
        let mut on = true;
        loop {
            match self.peek() {
                Some(b'i') => flags.caseless = on,
                Some(b'm') => flags.multiline = on,
                Some(b's') => flags.dotall = on,
                Some(b'-') if on => on = false,
                _ => return self.at > start,
            }
            self.at += 1;
        }
    }

    fn item(&mut self, flags: Flags, depth: usize) -> Option<Node> {
        let byte = self.next()?;
        if !matches!(byte, b'\\' | b'(' | b'[' | b'^' | b'$' | b'.') {
            // Lone `{`, `}` and `]` are literals; a quantifier cannot stand here.
            self.at -= 1;
            if self.at_quantifier() {
                return None;
            }
            self.at += 1;
            return Some(self.literal(byte, flags));
        }
        if byte == b'\\' {
            return self.escaped(flags);
        }
        self.literal = None;
        match byte {
            b'(' => self.group(flags, depth),
            b'[' => self.class(flags),
            b'^' if flags.multiline => Some(Node::zero_width(LINE_START)),
            b'^' => Some(Node::zero_width(r"\A")),
            b'$' if flags.multiline => Some(Node::zero_width(LINE_END)),
            b'$' => Some(self.marker()),
            _ if flags.dotall => Some(Node::one_of(ByteSet::ALL)),
            _ => Some(Node::one_of(ByteSet::of(b'\n').not())),
        }
    }

    fn literal(&mut self, byte: u8, flags: Flags) -> Node {
        if let Some((text, caseless)) = &mut self.literal {
            if *caseless == flags.caseless {
                text.push(byte);
            } else {
                self.literal = None;
            }
        }
        let mut text = String::new();
        if flags.caseless && byte.is_ascii_alphabetic() {
            let (upper, lower) = (byte.to_ascii_uppercase(), byte.to_ascii_lowercase());
            text.extend(['[', char::from(upper), char::from(lower), ']']);
        } else {
            print_byte(byte, &mut text);
        }
        Node {
            text,
            nullable: false,
            byte: Some(byte),
            ..Node::zero_width("")
        }
    }

    fn marker(&mut self) -> Node {
        let number = self.number();
        self.markers.push(number);
        Node {
            ends: true,
            numbered: true,
            ..Node::zero_width(MARKER)
        }
    }

    fn escaped(&mut self, flags: Flags) -> Option<Node> {
        let zero_width = match self.peek()? {
            b'A' => Some(r"\A"),
            b'z' => Some(r"\z"),
            b'b' => Some(r"\b"),
            b'B' => Some(r"\B"),
            b'Z' => {
                self.at += 1;
                self.literal = None;
                return Some(self.marker());
            }
            _ => None,
        };
        if let Some(text) = zero_width {
            self.at += 1;
            self.literal = None;
            return Some(Node::zero_width(text));
        }
        match self.escape()? {
            Element::Byte(byte) => Some(self.literal(byte, flags)),
            Element::Set(set) => {
                self.literal = None;
                Some(Node::one_of(set))
            }
        }
    }

    /// Behind a backslash: what means the same inside and outside of a class.
    fn escape(&mut self) -> Option<Element> {
        let letter = self.next()?;
        let space = ByteSet::EMPTY.with(0x09, 0x0d).with(b' ', b' ');
        let word = posix(b"word")?;
        let horizontal = ByteSet::bytes(b"\t \xa0");
        let vertical = ByteSet::EMPTY.with(0x0a, 0x0d).with(0x85, 0x85);
        Some(Element::Set(match letter {
            b'd' => DIGIT,
            b'D' => DIGIT.not(),
            b's' => space,
            b'S' => space.not(),
            b'w' => word,
            b'W' => word.not(),
            b'h' => horizontal,
            b'H' => horizontal.not(),
            b'v' => vertical,
            b'V' => vertical.not(),
            b'a' => return Some(Element::Byte(0x07)),
            b'e' => return Some(Element::Byte(0x1b)),
            b'f' => return Some(Element::Byte(0x0c)),
            b'n' => return Some(Element::Byte(b'\n')),
            b'r' => return Some(Element::Byte(b'\r')),
            b't' => return Some(Element::Byte(b'\t')),
            b'x' => return self.hexadecimal().map(Element::Byte),
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => return None,
            other => return Some(Element::Byte(other)),
        }))
    }

    /// `\xHH` and `\x{HH}`, one or two digits.
    fn hexadecimal(&mut self) -> Option<u8> {
        let braced = self.eat(b'{');
        let start = self.at;
        while self.at < start + 2 && self.peek().is_some_and(|byte| byte.is_ascii_hexdigit()) {
            self.at += 1;
        }
        let digits = std::str::from_utf8(&self.pattern[start..self.at]).ok()?;
        let byte = u8::from_str_radix(digits, 16).ok()?;
        (!braced || self.eat(b'}')).then_some(byte)
    }

    fn group(&mut self, mut flags: Flags, depth: usize) -> Option<Node> {
        let captures = if self.peek() == Some(b'*') {
            return None;
        } else if self.eat(b'?') {
            self.named()? || {
                if !self.eat(b':') {
                    let flagged = self.flag_letters(&mut flags) && self.eat(b':');
                    flagged.then_some(())?;
                }
                false
            }
        } else {
            true
        };
        let open = if captures {
            let number = self.number();
            self.groups.push(number);
            "("
        } else {
            "(?:"
        };
        let mut node = self.alternatives(flags, depth + 1)?;
        if !self.eat(b')') {
            return None;
        }
        node.text = format!("{open}{})", node.text);
        node.numbered |= captures;
        node.group = true;
        Some(node)
    }

    /// Behind `(?`: a name with its delimiters, if one comes.
    fn named(&mut self) -> Option<bool> {
        let python = self.peek() == Some(b'P') && self.peek_at(1) == Some(b'<');
        self.at += usize::from(python);
        let close = match (self.peek(), self.peek_at(1)) {
            (Some(b'<'), Some(byte)) if byte.is_ascii_alphabetic() || byte == b'_' => b'>',
            (Some(b'\''), Some(byte)) if byte.is_ascii_alphabetic() || byte == b'_' => b'\'',
            (Some(b'<' | b'\''), _) => return None,
            _ => return Some(false),
        };
        self.at += 1;
        let start = self.at;
        while self
            .peek()
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        {
            self.at += 1;
        }
        let name = &self.pattern[start..self.at];
        // PCRE2 takes names of up to 32 bytes and each one once.
        if name.len() > 32 || self.names.contains(&name) || !self.eat(close) {
            return None;
        }
        self.names.push(name);
        Some(true)
    }

    fn class(&mut self, flags: Flags) -> Option<Node> {
        // PCRE2 refuses `[:a:]`, `[.a.]` and `[=a=]` outside of a class.
        if let Some(sign @ (b':' | b'.' | b'=')) = self.peek() {
            let rest = &self.pattern[self.at + 1..];
            let body = &rest[..rest.iter().position(|&byte| byte == b']')?];
            if body.last() == Some(&sign) || body.last() == Some(&b'\\') {
                return None;
            }
        }
        let negated = self.eat(b'^');
        let mut set = ByteSet::EMPTY;
        let mut first = true;
        loop {
            let byte = self.peek()?;
            if byte == b']' && !first {
                self.at += 1;
                break;
            }
            // A hyphen in the middle is left to PCRE2 unless it makes a range below.
            if byte == b'-' && !first && self.peek_at(1) != Some(b']') {
                return None;
            }
            first = false;
            let element = self.class_element(flags)?;
            let hyphen = self.peek() == Some(b'-') && self.peek_at(1) != Some(b']');
            match element {
                Element::Byte(start) if hyphen => {
                    self.at += 1;
                    match self.class_element(flags)? {
                        Element::Byte(end) if start <= end => set = set.with(start, end),
                        _ => return None,
                    }
                }
                Element::Byte(byte) => set = set.with(byte, byte),
                Element::Set(_) if hyphen => return None,
                Element::Set(other) => set = set.or(other),
            }
        }
        if flags.caseless {
            set = set.caseless();
        }
        Some(Node::one_of(if negated { set.not() } else { set }))
    }

    fn class_element(&mut self, flags: Flags) -> Option<Element> {
        match self.next()? {
            b'\\' if self.eat(b'b') => Some(Element::Byte(0x08)),
            b'\\' => self.escape(),
            b'[' if matches!(self.peek(), Some(b':' | b'.' | b'=')) => self.posix_class(flags),
            byte => Some(Element::Byte(byte)),
        }
    }

    /// `[:alpha:]`, from the colon on.
    fn posix_class(&mut self, flags: Flags) -> Option<Element> {
        if !self.eat(b':') {
            return None;
        }
        let negated = self.eat(b'^');
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_lowercase()) {
            self.at += 1;
        }
        let name = match &self.pattern[start..self.at] {
            b"upper" | b"lower" if flags.caseless => b"alpha",
            name => name,
        };
        let set = posix(name)?;
        if !self.eat(b':') || !self.eat(b']') {
            return None;
        }
        Some(Element::Set(if negated { set.not() } else { set }))
    }

    /// Whether a quantifier begins here, in the syntax of PCRE2 10.42: `{,3}` is none.
    fn at_quantifier(&self) -> bool {
        match self.peek() {
            Some(b'*' | b'+' | b'?') => true,
            Some(b'{') => counted(&self.pattern[self.at..]).is_some(),
            _ => false,
        }
    }

    /// The quantifier behind an item, if there is one.
    fn repeated(&mut self, mut node: Node) -> Option<Node> {
        if !self.at_quantifier() {
            return Some(node);
        }
        let (min, max, length) = match self.peek()? {
            b'*' => (0, None, 1),
            b'+' => (1, None, 1),
            b'?' => (0, Some(1), 1),
            _ => counted(&self.pattern[self.at..])?,
        };
        self.at += length;
        let lazy = self.eat(b'?');
        // Possessive, or quantifier upon quantifier.
        if self.peek() == Some(b'+') || self.at_quantifier() {
            return None;
        }
        let once = min <= 1 && max == Some(1);
        let most = max.unwrap_or(min.max(1));
        if max.is_some_and(|max| max < min) || most > 65_535 {
            return None;
        }
        // See the module's second point; of what can be empty, only a whole group may be optional.
        if (node.nullable || node.ends) && !(once && node.group) {
            return None;
        }
        // The crate would drop these groups.
        if most == 0 && node.numbered {
            return None;
        }
        self.literal = None;
        let counts = match (min, max) {
            (0, None) => "*".to_owned(),
            (1, None) => "+".to_owned(),
            (0, Some(1)) => "?".to_owned(),
            (min, None) => format!("{{{min},}}"),
            (min, Some(max)) if min == max => format!("{{{min}}}"),
            (min, Some(max)) => format!("{{{min},{max}}}"),
        };
        node.byte = None;
        node.text.push_str(&counts);
        if lazy {
            node.text.push('?');
        }
        node.nullable |= min == 0;
        node.size = node.size.saturating_mul(most as usize).saturating_add(8);
        Some(node)
    }
}

/// `{n}`, `{n,}`, `{n,m}` at the beginning: smallest, largest, length.
pub(crate) fn counted(pattern: &[u8]) -> Option<(u32, Option<u32>, usize)> {
    let rest = pattern.strip_prefix(b"{")?;
    let close = rest.iter().position(|&byte| byte == b'}')?;
    let body = std::str::from_utf8(&rest[..close]).ok()?;
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // Too large numbers are errors of PCRE2, but quantifiers.
        digits.then(|| text.parse().unwrap_or(u32::MAX))
    };
    let (min, max) = match body.split_once(',') {
        None => (number(body)?, Some(number(body)?)),
        Some((min, "")) => (number(min)?, None),
        Some((min, max)) => (number(min)?, Some(number(max)?)),
    };
    Some((min, max, close + 2))
}

/// A POSIX class in the C locale.
fn posix(name: &[u8]) -> Option<ByteSet> {
    let none = ByteSet::EMPTY;
    let alpha = none.with(b'A', b'Z').with(b'a', b'z');
    let graph = none.with(0x21, 0x7e);
    let alnum = alpha.or(DIGIT);
    Some(match name {
        b"alpha" => alpha,
        b"lower" => none.with(b'a', b'z'),
        b"upper" => none.with(b'A', b'Z'),
        b"alnum" => alnum,
        b"ascii" => none.with(0, 0x7f),
        b"blank" => ByteSet::bytes(b"\t "),
        b"cntrl" => none.with(0, 0x1f).with(0x7f, 0x7f),
        b"digit" => DIGIT,
        b"graph" => graph,
        b"print" => graph.with(b' ', b' '),
        b"punct" => graph.not().or(alnum).not(),
        b"space" => none.with(0x09, 0x0d).with(b' ', b' '),
        b"word" => alnum.with(b'_', b'_'),
        b"xdigit" => DIGIT.with(b'A', b'F').with(b'a', b'f'),
        _ => return None,
    })
}
