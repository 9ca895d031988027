//! osregex of Wazuh 4.14 and OSSEC 2.8.3: the state machine of `spec/regex.md` §5.
//!
//! It is not an ordinary regex: it looks ahead one token, keeps at most four resume points, and
//! reports an end that is mostly not where the match ends. [`Machine::run`] is the text of §5.3
//! step by step, its letters (A to F) included; nothing may be simplified in it.
//!
//! | part | is |
//! |---|---|
//! | [`Native`] | a compiled pattern: alternatives in order |
//! | `Token` | a class with its quantifier, a literal, a mark (parenthesis) |
//! | `Machine` | one alternative on one input |
//!
//! Two shortcuts are taken, both exact: an alternative of literals only is an ordinary text search
//! ([`Plain`]; the machine tries every start then and forgives nothing), and an alternative that
//! begins with a literal jumps to the next place of that byte (the machine would fail on every
//! byte before it and change nothing but `end`, which becomes "not known").

use std::ops::Range;

use super::classes::{ByteSet, DIGIT, OS_PUNCT, OS_SPACE, OS_WORD};
use super::dialect::{Flavour, PatternRules};
use super::error::{PatternError, PatternErrorKind};
use super::literal::{Finder, Required, Runs, ends_with, starts_with};
use super::needed_bytes::NeededBytes;
use super::needs::{Candidates, NeededText, Needs};

/// A compiled osregex pattern of the native engine.
#[derive(Clone, Debug)]
pub(crate) struct Native {
    alternatives: Box<[Alternative]>,
    flavour: Flavour,
    /// Captures are wanted and the pattern has a group (§5.1).
    keep_marks: bool,
}

#[derive(Clone, Debug)]
struct Alternative {
    tokens: Box<[Token]>,
    begin: bool,
    end: bool,
    marks: usize,
    first: First,
    required: Required,
    plain: Option<Plain>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Class {
        set: ByteSet,
        quantifier: Quantifier,
    },
    /// ASCII upper case lowered.
    Literal(u8),
    /// A parenthesis, numbered from 0 within its alternative.
    Mark(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quantifier {
    One,
    Plus,
    Star,
}

/// What the alternative begins with, marks aside.
#[derive(Clone, Copy, Debug)]
enum First {
    /// Nothing to search for.
    Any,
    /// This literal, in both cases.
    Byte { lower: u8, upper: u8 },
    /// A literal >= 0x80: the alternative never matches.
    Never,
}

/// An alternative of literals only.
#[derive(Clone, Debug)]
enum Plain {
    Never,
    Equals(Box<[u8]>),
    Prefix(Box<[u8]>),
    Suffix(Box<[u8]>),
    Contains(Finder),
}

/// Offset of a mark that was not met.
const UNSET: usize = usize::MAX;
/// Resume points that the original keeps; a further one is dropped (§5.3).
const RESUME_POINTS: usize = 4;
/// Marks that fit on the stack: patterns with more allocate at match time.
const STACK_MARKS: usize = 32;

impl Native {
    /// Compiles (§5.1).
    pub(crate) fn compile(
        rules: &PatternRules,
        flavour: Flavour,
        pattern: &[u8],
        captures: bool,
    ) -> Result<Self, PatternError> {
        PatternError::check_length(rules, pattern)?;
        let mut alternatives = Vec::new();
        let mut tokens = Vec::new();
        let mut marks = 0;
        let mut open = None;
        let mut at = 0;
        while let Some(&byte) = pattern.get(at) {
            match byte {
                b'\\' => {
                    let Some(set) = pattern.get(at + 1).and_then(|&byte| class(byte, &flavour))
                    else {
                        return Err(bad_escape(pattern, at));
                    };
                    at += 1;
                    let quantifier = match pattern.get(at + 1) {
                        Some(b'+') => Quantifier::Plus,
                        Some(b'*') => Quantifier::Star,
                        _ => Quantifier::One,
                    };
                    at += usize::from(quantifier != Quantifier::One);
                    tokens.push(Token::Class { set, quantifier });
                }
                b'(' | b')' => {
                    match (byte, open) {
                        (b'(', None) => open = Some(at),
                        (b')', Some(_)) => open = None,
                        (b'(', _) => return Err(parenthesis(at, "groups cannot be nested")),
                        _ => return Err(parenthesis(at, "`)` closes nothing")),
                    }
                    tokens.push(Token::Mark(marks));
                    marks += 1;
                }
                b'|' if open.is_some() => {
                    return Err(parenthesis(at, "`|` is not possible inside of a group"));
                }
                b'|' => {
                    alternatives.push(Alternative::new(std::mem::take(&mut tokens), marks));
                    marks = 0;
                }
                _ => tokens.push(Token::Literal(byte.to_ascii_lowercase())),
            }
            at += 1;
        }
        if let Some(at) = open {
            return Err(parenthesis(at, "the group is never closed"));
        }
        alternatives.push(Alternative::new(tokens, marks));
        let keep_marks = captures && alternatives.iter().any(|alternative| alternative.marks > 0);
        Ok(Native {
            alternatives: alternatives.into(),
            flavour,
            keep_marks,
        })
    }

    /// Whether the input matches. Allocates only if an alternative has more than 16 groups.
    pub(crate) fn is_match(&self, input: &[u8]) -> bool {
        if !self.keep_marks {
            return self
                .alternatives
                .iter()
                .any(|alternative| self.run::<false>(alternative, input, &mut []).is_some());
        }
        let most = self
            .alternatives
            .iter()
            .map(|alternative| alternative.marks)
            .max();
        let mut stack = [UNSET; STACK_MARKS];
        let mut heap;
        let marks = if most.unwrap_or(0) <= STACK_MARKS {
            &mut stack[..]
        } else {
            heap = vec![UNSET; most.unwrap_or(0)];
            &mut heap[..]
        };
        self.search(input, marks).is_some()
    }

    /// The raw end (§7) and, if they are wanted, the groups. `groups` must be empty.
    pub(crate) fn find(
        &self,
        input: &[u8],
        groups: &mut Vec<Range<usize>>,
        marks: &mut Vec<usize>,
    ) -> Option<i64> {
        if !self.keep_marks {
            return self
                .alternatives
                .iter()
                .find_map(|alternative| self.run::<false>(alternative, input, &mut []));
        }
        let most = self
            .alternatives
            .iter()
            .map(|alternative| alternative.marks)
            .max();
        marks.resize(most.unwrap_or(0), UNSET);
        let end = self.search(input, marks)?;
        groups.extend(pairs(marks).map(|(open, close)| open..close));
        Some(end)
    }

    /// What every input has that matches.
    pub(crate) fn needs(&self) -> Needs {
        Needs::any_of(self.alternatives.iter().map(needs))
    }

    /// Bytes of every input that matches.
    pub(crate) fn needed_bytes(&self) -> NeededBytes {
        NeededBytes::any_of(self.alternatives.iter().map(needed_bytes))
    }

    /// Alternatives in order (§5.2); on success `marks` holds those of the one that matched.
    fn search(&self, input: &[u8], marks: &mut [usize]) -> Option<i64> {
        for alternative in &self.alternatives {
            marks.fill(UNSET);
            if let Some(end) = self.run::<true>(alternative, input, marks) {
                // A stale closing mark: the original crashes or gives up (§12).
                return pairs(marks)
                    .all(|(open, close)| open <= close)
                    .then_some(end);
            }
        }
        None
    }

    fn run<const KEEP: bool>(
        &self,
        alternative: &Alternative,
        input: &[u8],
        marks: &mut [usize],
    ) -> Option<i64> {
        match &alternative.plain {
            Some(plain) => plain.find(input),
            None if alternative.cannot_match(input) => None,
            None => {
                let machine = Machine {
                    alternative,
                    flavour: self.flavour,
                    input,
                };
                machine.run::<KEEP>(marks)
            }
        }
    }
}

/// The groups: pairs of marks up to the first pair that is not complete.
fn pairs(marks: &[usize]) -> impl Iterator<Item = (usize, usize)> + '_ {
    marks
        .chunks_exact(2)
        .map(|pair| (pair[0], pair[1]))
        .take_while(|&(open, close)| open != UNSET && close != UNSET)
}

fn class(letter: u8, flavour: &Flavour) -> Option<ByteSet> {
    Some(match letter {
        b'd' => DIGIT,
        b'w' => OS_WORD,
        b's' => OS_SPACE,
        b't' => ByteSet::of(b'\t'),
        b'p' => OS_PUNCT,
        b'D' => DIGIT.not(),
        b'W' => flavour.not_word,
        b'S' => OS_SPACE.not(),
        b'.' => ByteSet::ALL,
        b'(' | b')' | b'\\' | b'$' | b'|' | b'<' => ByteSet::of(letter),
        _ => return None,
    })
}

pub(crate) fn bad_escape(pattern: &[u8], at: usize) -> PatternError {
    let end = (at + 2).min(pattern.len());
    let error = |message| PatternError::new(PatternErrorKind::Syntax, at..end, message);
    match pattern.get(at + 1) {
        None => error("the pattern ends with a lone `\\`".to_owned())
            .with_help("write `\\\\` for a backslash"),
        Some(&byte) => {
            let shown = byte.escape_ascii();
            let error = error(format!("`\\{shown}` is not an escape of osregex"));
            if byte.is_ascii_alphanumeric() {
                error.with_help(
                    "osregex knows `\\d \\w \\s \\p \\t \\D \\W \\S \\.` and a few escaped signs",
                )
            } else {
                error.with_help(format!("`{shown}` needs no backslash here"))
            }
        }
    }
}

fn parenthesis(at: usize, message: &str) -> PatternError {
    PatternError::new(PatternErrorKind::Parenthesis, at..at + 1, message)
        .with_help("write `\\(` and `\\)` for parentheses of the text")
}

impl Alternative {
    fn new(mut tokens: Vec<Token>, marks: usize) -> Self {
        let begin = tokens.first() == Some(&Token::Literal(b'^'));
        if begin {
            tokens.remove(0);
        }
        let end = tokens.last() == Some(&Token::Literal(b'$'));
        if end {
            tokens.pop();
        }
        let first = match tokens.iter().find(|token| !matches!(token, Token::Mark(_))) {
            // Two marks in front would be compared as a literal.
            _ if tokens
                .get(..2)
                .is_some_and(|two| two.iter().all(|token| token.is_mark())) =>
            {
                First::Any
            }
            Some(&Token::Literal(byte)) if byte < 0x80 => First::Byte {
                lower: byte,
                upper: byte.to_ascii_uppercase(),
            },
            Some(Token::Literal(_)) => First::Never,
            _ => First::Any,
        };
        let plain = Plain::new(&tokens, begin, end);
        let required = required(&tokens);
        Alternative {
            tokens: tokens.into(),
            begin,
            end,
            marks,
            first,
            required,
            plain,
        }
    }
}

impl Alternative {
    /// Whether the input is ruled out without running the machine.
    #[inline]
    fn cannot_match(&self, input: &[u8]) -> bool {
        match self.first {
            First::Never => return true,
            First::Byte { lower, upper } if self.begin => match input.first() {
                Some(&byte) if byte == lower || byte == upper => {}
                _ => return true,
            },
            _ => {}
        }
        self.required.is_missing(input)
    }
}

/// The longest text that every match contains.
///
/// The machine gets beyond a literal only when it takes the byte (steps D and the literal case),
/// and takes the bytes of neighbouring literals one after the other, since every failure goes back
/// to a class or to the beginning. Missing tokens are forgiven at three places: F2 to F4 forgive
/// classes and marks; E forgives the rest when it stands on the last token or on an unquantified
/// class before the last one. So only a last literal behind an unquantified class may be missing.
/// Two marks in a row compare as a literal; a run ends there.
fn required(tokens: &[Token]) -> Required {
    let mut runs = Runs::default();
    for (index, token) in tokens.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| &tokens[before]);
        match token {
            Token::Literal(byte) if !is_forgiven(tokens, index) => runs.push(*byte),
            Token::Mark(_) if !before.is_some_and(Token::is_mark) => {}
            _ => runs.end(),
        }
    }
    runs.finish()
}

/// What every input has that the alternative matches, by the reasons of [`required`], and two more:
///
/// - Behind `^` a literal at the beginning, at most one mark before it, is compared with the first
///   byte: no resume point is there to go back to, and a failure ends the search.
/// - With `$` the rest of the tokens must end with the input, for the position behind the last
///   token fails on any further byte, and E does not forgive; the literals at the end, at most one
///   mark behind them, take the last bytes one after the other.
fn needs(alternative: &Alternative) -> Needs {
    let tokens = &*alternative.tokens;
    let mut candidates = Candidates::default();
    let mut text = Vec::new();
    // No token but one mark stands before the text.
    let mut first = true;
    for (index, token) in tokens.iter().enumerate() {
        match token {
            Token::Literal(_) if is_forgiven(tokens, index) => {
                candidates.offer(vec![NeededText::new(
                    &text,
                    alternative.begin && first,
                    false,
                )]);
                text.clear();
            }
            Token::Literal(byte) if !byte.is_ascii() => return Needs::NEVER,
            Token::Literal(byte) => text.push(*byte),
            Token::Mark(_) if index == 0 || !tokens[index - 1].is_mark() => {}
            _ => {
                candidates.offer(vec![NeededText::new(
                    &text,
                    alternative.begin && first,
                    false,
                )]);
                text.clear();
                first = false;
            }
        }
    }
    let text = NeededText::new(&text, alternative.begin && first, alternative.end);
    candidates.offer(vec![text]);
    candidates.best()
}

/// Bytes that every input has: see [`NeededBytes`].
///
/// Behind `^` the first token that is no starred class must take the first byte, for nothing
/// forgives a failure there (E needs a run); the literals are those that `needs` counts on.
fn needed_bytes(alternative: &Alternative) -> NeededBytes {
    let tokens = &*alternative.tokens;
    let literals = (0..tokens.len()).filter_map(|index| match tokens[index] {
        Token::Literal(byte) if !is_forgiven(tokens, index) => Some(byte),
        _ => None,
    });
    let first = match alternative.begin {
        true => first_bytes(tokens),
        false => None,
    };
    NeededBytes {
        first: first.unwrap_or(ByteSet::ALL),
        somewhere: literals.fold(ByteSet::EMPTY, |set, byte| set.or(ByteSet::of(byte))),
    }
}

fn first_bytes(tokens: &[Token]) -> Option<ByteSet> {
    let mut first = ByteSet::EMPTY;
    for (index, token) in tokens.iter().enumerate() {
        match *token {
            // Two in a row compare as a literal.
            Token::Mark(_) if tokens.get(index + 1).is_some_and(Token::is_mark) => return None,
            Token::Mark(_) => {}
            Token::Literal(byte) => return Some(first.or(ByteSet::of(byte).caseless())),
            Token::Class { set, quantifier } => {
                first = first.or(set);
                if quantifier != Quantifier::Star {
                    return Some(first);
                }
            }
        }
    }
    None
}

/// Whether a literal at this place may be missing in a match: see [`required`].
fn is_forgiven(tokens: &[Token], index: usize) -> bool {
    let before = index.checked_sub(1).map(|before| &tokens[before]);
    let behind_one = matches!(
        before,
        Some(Token::Class {
            quantifier: Quantifier::One,
            ..
        })
    );
    index + 1 == tokens.len() && behind_one
}

impl Plain {
    fn new(tokens: &[Token], begin: bool, end: bool) -> Option<Self> {
        let text: Option<Box<[u8]>> = tokens
            .iter()
            .map(|token| match token {
                Token::Literal(byte) => Some(*byte),
                _ => None,
            })
            .collect();
        let text = text.filter(|text| !text.is_empty())?;
        Some(match (begin, end) {
            _ if !text.is_ascii() => Plain::Never,
            (true, true) => Plain::Equals(text),
            (true, false) => Plain::Prefix(text),
            (false, true) => Plain::Suffix(text),
            (false, false) => Plain::Contains(Finder::new(&text)),
        })
    }

    /// The raw end: the last byte of the text.
    #[inline]
    fn find(&self, input: &[u8]) -> Option<i64> {
        let behind = match self {
            Plain::Never => None,
            Plain::Equals(text) => input.eq_ignore_ascii_case(text).then_some(input.len()),
            Plain::Prefix(text) => starts_with(input, text).then_some(text.len()),
            Plain::Suffix(text) => ends_with(input, text).then_some(input.len()),
            Plain::Contains(finder) => finder.find(input).map(|at| at + finder.text().len()),
        };
        behind.map(|behind| behind as i64 - 1)
    }
}

impl Token {
    fn is_mark(&self) -> bool {
        matches!(self, Token::Mark(_))
    }

    /// A literal comparison; a mark met here counts as a literal `(`.
    #[inline]
    fn takes_literally(&self, byte: u8) -> bool {
        let want = match self {
            Token::Literal(byte) => *byte,
            Token::Mark(_) => b'(',
            Token::Class { .. } => return false,
        };
        want < 0x80 && want == byte.to_ascii_lowercase()
    }
}

struct Machine<'a> {
    alternative: &'a Alternative,
    flavour: Flavour,
    input: &'a [u8],
}

impl Machine<'_> {
    /// §5.3. `KEEP`: marks are kept, `marks` has room for all of the alternative.
    fn run<const KEEP: bool>(&self, marks: &mut [usize]) -> Option<i64> {
        let tokens = &*self.alternative.tokens;
        let (n, input, size) = (tokens.len(), self.input, self.input.len());
        let Alternative {
            begin,
            end: end_anchor,
            first,
            ..
        } = *self.alternative;
        let mut mark = |index: usize, offset: usize| {
            if KEEP
                && let Some(Token::Mark(ordinal)) = tokens.get(index)
                && let Some(place) = marks.get_mut(*ordinal)
            {
                *place = offset;
            }
        };
        let is_mark = |index: usize| tokens.get(index).is_some_and(Token::is_mark);
        let last_byte_mark = self.flavour.last_byte_mark;

        let (mut pos, mut cur) = (0, 0);
        let mut run = false;
        let mut restart = None;
        let mut saved = [(0, 0); RESUME_POINTS];
        let mut points = 0;
        let mut end = if self.flavour.must_consume {
            None
        } else {
            Some(0)
        };
        while pos < size {
            if cur == 0 && points == 0 && restart.is_none() && !begin {
                match first {
                    First::Any => {}
                    First::Never => return None,
                    First::Byte { lower, upper } => {
                        let skipped = memchr::memchr2(lower, upper, &input[pos..])?;
                        if skipped > 0 {
                            pos += skipped;
                            end = None;
                        }
                    }
                }
            }
            let c = input[pos];
            let here = pos as i64;
            // A. arrival: only one mark per step
            if is_mark(cur) {
                mark(cur, pos);
                cur += 1;
            }
            if cur == n && !end_anchor {
                return end;
            }
            match tokens.get(cur) {
                Some(Token::Class { set, quantifier }) if set.contains(c) => {
                    // B. single class
                    if *quantifier == Quantifier::One {
                        cur += 1;
                        restart = restart.or(Some(pos));
                        end = Some(here);
                        pos += 1;
                        continue;
                    }
                    if *quantifier == Quantifier::Star {
                        run = true;
                    }
                    // C. first byte of a "+" run: consumed without looking ahead
                    if !run {
                        mark(cur + 1, if pos + 1 == size { pos + 1 } else { pos });
                        run = true;
                        end = Some(here);
                        pos += 1;
                        continue;
                    }
                    // D. further bytes of the run, or any byte of "*": one token ahead
                    let over = is_mark(cur + 1);
                    let next = cur + 1 + usize::from(over);
                    if next == n {
                        if over {
                            let inside = last_byte_mark && pos + 1 < size;
                            mark(next - 1, if inside { pos } else { pos + 1 });
                        }
                        pos += 1;
                        continue;
                    }
                    let ahead = &tokens[next];
                    let target = match ahead {
                        Token::Class { set, quantifier } => set
                            .contains(c)
                            .then_some(next + usize::from(*quantifier == Quantifier::One)),
                        _ if ahead.takes_literally(c) => {
                            run = false;
                            Some(next + 1)
                        }
                        _ => None,
                    };
                    if let Some(target) = target {
                        // this byte now belongs to the next token
                        if over {
                            let behind = last_byte_mark && pos + 1 == size;
                            mark(next - 1, pos + usize::from(behind));
                        }
                        if points < RESUME_POINTS {
                            saved[points] = (cur, pos);
                            points += 1;
                        }
                        cur = target;
                    }
                    end = Some(here);
                    pos += 1;
                    continue;
                }
                Some(Token::Class { quantifier, .. }) => {
                    // E. the class does not take the byte
                    let tail = cur + 1 == n
                        || (*quantifier == Quantifier::One
                            && cur + 2 == n
                            && !matches!(tokens[cur + 1], Token::Class { .. }));
                    if run && end.is_some() && tail {
                        end = Some(here);
                        if !end_anchor {
                            return end;
                        }
                    } else if run && *quantifier == Quantifier::Plus {
                        cur += 1;
                        run = false;
                        continue;
                    } else if *quantifier == Quantifier::Star {
                        cur += 1;
                        end = Some(here - 1);
                        run = false;
                        continue;
                    }
                    run = false;
                }
                Some(token) if token.takes_literally(c) => {
                    cur += 1;
                    restart = restart.or(Some(pos));
                    end = Some(here);
                    pos += 1;
                    continue;
                }
                _ => {}
            }
            // failure
            if points > 0 {
                points -= 1;
                (cur, pos) = saved[points];
                pos += 1;
                continue;
            }
            if begin {
                return None;
            }
            if let Some(start) = restart.take() {
                pos = start;
            }
            cur = 0;
            end = None;
            pos += 1;
        }
        // input used up
        if KEEP {
            while matches!(
                tokens.get(cur),
                Some(Token::Class {
                    quantifier: Quantifier::Star,
                    ..
                })
            ) {
                cur += 1; // F1
            }
            mark(cur, pos);
        }
        self.forgives(cur, run).then_some(end).flatten()
    }

    /// F2 to F4: whether the rest of the tokens may be missing at the end of the input.
    fn forgives(&self, cur: usize, run: bool) -> bool {
        let tokens = &*self.alternative.tokens;
        let n = tokens.len();
        let over_mark =
            |index: usize| index + usize::from(tokens.get(index).is_some_and(Token::is_mark));
        let quantifier = |index: usize| match tokens.get(index) {
            Some(Token::Class { quantifier, .. }) => Some(*quantifier),
            _ => None,
        };
        let mut i = over_mark(cur); // F2
        if i == n {
            return true;
        }
        let Some(here) = quantifier(i) else {
            return false;
        };
        if run {
            // F3
            i += 1;
            if here != Quantifier::One {
                i = over_mark(i);
                if i == n {
                    return true;
                }
                let Some(next) = quantifier(i) else {
                    return false;
                };
                i += 1;
                match next {
                    Quantifier::Plus => return false,
                    Quantifier::Star => {
                        i = over_mark(i);
                        if i == n {
                            return true;
                        }
                    }
                    Quantifier::One => {}
                }
            }
        }
        // F4
        quantifier(i) == Some(Quantifier::Star) && over_mark(i + 1) == n
    }
}
