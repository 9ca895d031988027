//! osregex of Wazuh 4.14 and OSSEC 2.8.3: the state machine of `spec/regex.md` §5.
//!
//! It is not an ordinary regex: it looks ahead one token, keeps at most four resume points, and
//! reports an end that is mostly not where the match ends. [`machine`] is §5.3 with its letters (A
//! to F), made fast; a test compares it with the plain text of §5.3 (`reference`).
//!
//! | part | is |
//! |---|---|
//! | [`Native`] | a compiled pattern: alternatives in order |
//! | `Token` | a class with its quantifier, a literal, a mark (parenthesis) |
//! | `machine::Machine` | one alternative on one input |
//!
//! Two shortcuts stand before the machine, both exact: an alternative of literals only is an
//! ordinary text search ([`Plain`]; the machine tries every start then and forgives nothing), and
//! an input that lacks a text which every match has is not run at all.

mod class_set;
mod machine;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod tests;

use std::ops::Range;

use super::Look;
use super::classes::ByteSet;
use super::dialect::{Flavour, PatternRules};
use super::error::{PatternError, PatternErrorKind};
use super::literal::{Finder, Required, Runs, ends_with, starts_with};
use super::needed_bytes::{Beginning, NeededBytes, Pair, tell};
use super::needs::{Candidates, NeededText, Needs};

use self::class_set::ClassSet;
use self::machine::Machine;

/// A compiled osregex pattern of the native engine.
#[derive(Clone, Debug)]
pub(crate) struct Native {
    /// What all alternatives have in common, so that it is searched once.
    required: Required,
    alternatives: Box<[Alternative]>,
    flavour: Flavour,
    /// Captures are wanted and the pattern has a group (§5.1).
    keep_marks: bool,
}

#[derive(Clone, Debug)]
struct Alternative {
    tokens: Box<[Token]>,
    /// For each token its byte, if it is an ASCII literal, else a byte that no lowered input has.
    literals: Box<[u8]>,
    begin: bool,
    end: bool,
    marks: usize,
    first: First,
    required: Required,
    plain: Option<Plain>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Class(Class),
    /// ASCII upper case lowered.
    Literal(u8),
    /// A parenthesis, numbered from 0 within its alternative.
    Mark(u32),
}

/// A class; what stands behind `quantifier` is worked out from the tokens around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Class {
    set: ClassSet,
    quantifier: Quantifier,
    /// What the token ahead takes. The bytes of the class that it does not take keep the run of a
    /// quantified class where it is (D).
    ahead: Ahead,
    /// All other bytes, if they are few.
    exits: Exits,
    /// The token to go on with when the token ahead takes a byte.
    target: u32,
    /// The token ahead is compared as a literal, which ends the run.
    ends_run: bool,
    /// A mark stands behind it.
    over: bool,
    /// Nothing but that mark stands behind it.
    last: bool,
    /// The rest may be missing when the class fails in a run (E).
    tail: bool,
}

/// What a token takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ahead {
    Nothing,
    Byte { lower: u8, upper: u8 },
    Class(ClassSet),
}

/// Where a run ends, if only few bytes can end it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exits {
    Never,
    One(u8),
    Two(u8, u8),
    Three(u8, u8, u8),
    Many,
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
    /// A class that takes at least one byte.
    Set(ByteSet),
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

/// In the place of a literal that no byte of the input can be, once lowered: an upper-case letter.
const NO_LITERAL: u8 = b'A';
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
                    let Some(set) = pattern
                        .get(at + 1)
                        .and_then(|&byte| ClassSet::named(byte, &flavour))
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
                    tokens.push(Token::Class(Class::new(set, quantifier)));
                }
                b'(' | b')' => {
                    match (byte, open) {
                        (b'(', None) => open = Some(at),
                        (b')', Some(_)) => open = None,
                        (b'(', _) => return Err(parenthesis(at, "groups cannot be nested")),
                        _ => return Err(parenthesis(at, "`)` closes nothing")),
                    }
                    tokens.push(Token::Mark(marks as u32));
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
        let required = common_required(&mut alternatives);
        Ok(Native {
            required,
            alternatives: alternatives.into(),
            flavour,
            keep_marks,
        })
    }

    /// Whether the input matches. Allocates only if an alternative has more than 16 groups.
    pub(crate) fn is_match(&self, input: &[u8]) -> bool {
        if self.required.is_missing(input) {
            return false;
        }
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
        look: Look,
        input: &[u8],
        groups: &mut Vec<Range<usize>>,
        marks: &mut Vec<usize>,
    ) -> Option<i64> {
        if look == Look::None && self.required.is_missing(input) {
            return None;
        }
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

    #[inline]
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
                let machine = Machine::new(alternative, &self.flavour, input);
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
            Some(Token::Class(class)) if class.quantifier != Quantifier::Star => {
                First::Set(class.set.bytes())
            }
            _ => First::Any,
        };
        look_ahead(&mut tokens);
        let literal = |token: &Token| match token {
            Token::Literal(byte) if byte.is_ascii() => *byte,
            _ => NO_LITERAL,
        };
        let plain = Plain::new(&tokens, begin, end);
        let required = required(&tokens);
        Alternative {
            literals: tokens.iter().map(literal).collect(),
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
            // The end of the input forgives neither of the two.
            First::Byte { lower, upper } if self.begin => match input.first() {
                Some(&byte) if byte == lower || byte == upper => {}
                _ => return true,
            },
            First::Set(set) if self.begin => match input.first() {
                Some(&byte) if set.contains(byte) => {}
                _ => return true,
            },
            _ => {}
        }
        self.required.is_missing(input)
    }
}

/// Takes what several alternatives require from all of them, if it is the same.
fn common_required(alternatives: &mut [Alternative]) -> Required {
    // Of a single alternative it is all.
    let [first, others @ ..] = alternatives else {
        return Required::default();
    };
    let text = first.required.text();
    if others.iter().any(|other| other.required.text() != text) {
        return Required::default();
    }
    for other in others {
        other.required = Required::default();
    }
    std::mem::take(&mut first.required)
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
/// Behind `^` the tokens up to the first quantified one must take the first bytes, each one, and the
/// quantified one the next: nothing forgives a failure there (E needs a run), and no resume point is
/// there to go back to. A starred class at the beginning may take none, then the next token must
/// take the first byte. The literals are those that `needs` counts on.
fn needed_bytes(alternative: &Alternative) -> NeededBytes {
    let tokens = &*alternative.tokens;
    let literals = (0..tokens.len()).filter_map(|index| match tokens[index] {
        Token::Literal(byte) if !is_forgiven(tokens, index) => Some(byte),
        _ => None,
    });
    let mut first = Beginning::new();
    if alternative.begin {
        first_bytes(tokens, &mut first);
    }
    NeededBytes {
        first: first.sets(),
        somewhere: literals.fold(ByteSet::EMPTY, |set, byte| set.or(ByteSet::of(byte))),
        pairs: pairs_of(tokens),
    }
}

/// What stands directly behind literals, at most one mark between.
///
/// A literal behind a literal takes the next byte by the reasons of [`required`]. A class behind a
/// literal is reached at the byte behind it, or again by a resume point, which is set only behind
/// the first byte that the class took. If it does not take its byte, E goes on
/// - in the tail, which is not where another literal follows that is not forgiven,
/// - for a `+` in a run: there is none where the literals follow a quantified class, for both ways
///   on from that class end the run,
/// - for a `*`,
///
/// and everything else is a failure.
fn pairs_of(tokens: &[Token]) -> Vec<Pair> {
    let mut pairs = Vec::new();
    let is_needed =
        |&index: &usize| matches!(tokens[index], Token::Literal(_)) && !is_forgiven(tokens, index);
    let Some(last) = (0..tokens.len()).rev().find(is_needed) else {
        return pairs;
    };
    let two_marks = |index: usize| tokens[index].is_mark() && tokens[index - 1].is_mark();
    for index in 0..last {
        let Token::Literal(byte) = tokens[index] else {
            continue;
        };
        let next = index + 1 + usize::from(tokens[index + 1].is_mark());
        if !byte.is_ascii() || next > last {
            continue;
        }
        let next = match tokens[next] {
            Token::Mark(_) => continue,
            Token::Literal(byte) => ByteSet::of(byte).caseless(),
            Token::Class(class) => match class.quantifier {
                Quantifier::One => class.set.bytes(),
                Quantifier::Star => continue,
                Quantifier::Plus => {
                    let before = (0..index).rev().find(|&before| {
                        matches!(tokens[before], Token::Class(_)) || before > 0 && two_marks(before)
                    });
                    match before.map(|before| tokens[before]) {
                        Some(Token::Class(before)) if before.quantifier != Quantifier::One => {
                            class.set.bytes()
                        }
                        _ => continue,
                    }
                }
            },
        };
        tell(&mut pairs, Pair { byte, next });
    }
    pairs
}

fn first_bytes(tokens: &[Token], first: &mut Beginning) {
    // What starred classes at the very beginning may take in place of the next token.
    let mut starred = ByteSet::EMPTY;
    let mut at_beginning = true;
    for (index, token) in tokens.iter().enumerate() {
        let (set, fixed) = match *token {
            // Two in a row compare as a literal.
            Token::Mark(_) if tokens.get(index + 1).is_some_and(Token::is_mark) => return,
            Token::Mark(_) => continue,
            Token::Literal(byte) => (ByteSet::of(byte).caseless(), true),
            Token::Class(class) => match class.quantifier {
                Quantifier::Star if at_beginning => {
                    starred = starred.or(class.set.bytes());
                    continue;
                }
                Quantifier::Star => return,
                Quantifier::One => (class.set.bytes(), true),
                Quantifier::Plus => (class.set.bytes(), false),
            },
        };
        at_beginning = false;
        let goes_on = first.push(set.or(starred));
        if !goes_on || !fixed || starred != ByteSet::EMPTY {
            return;
        }
    }
}

/// Whether a literal at this place may be missing in a match: see [`required`].
fn is_forgiven(tokens: &[Token], index: usize) -> bool {
    let before = index.checked_sub(1).map(|before| &tokens[before]);
    let behind_one = matches!(
        before,
        Some(Token::Class(Class {
            quantifier: Quantifier::One,
            ..
        }))
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

    /// The byte of a literal comparison, in lower case; a mark met here counts as a literal `(`. A
    /// byte from 0x80 on takes nothing.
    fn as_literal(&self) -> Option<u8> {
        let byte = match self {
            Token::Literal(byte) => *byte,
            Token::Mark(_) => b'(',
            Token::Class(_) => return None,
        };
        byte.is_ascii().then_some(byte)
    }
}

impl Ahead {
    fn literal(lower: u8) -> Self {
        Ahead::Byte {
            lower,
            upper: lower.to_ascii_uppercase(),
        }
    }
}

impl Class {
    fn new(set: ClassSet, quantifier: Quantifier) -> Self {
        Class {
            set,
            quantifier,
            ahead: Ahead::Nothing,
            exits: Exits::Many,
            target: 0,
            ends_run: false,
            over: false,
            last: false,
            tail: false,
        }
    }

    /// The bytes that keep a run where it is.
    fn stay(&self) -> ByteSet {
        let taken = match self.ahead {
            Ahead::Nothing => ByteSet::EMPTY,
            Ahead::Byte { lower, upper } => ByteSet::bytes(&[lower, upper]),
            Ahead::Class(ahead) => ahead.bytes(),
        };
        self.set.bytes().and(taken.not())
    }
}

/// Tells each class what stands behind it (D and E of §5.3).
fn look_ahead(tokens: &mut [Token]) {
    let n = tokens.len();
    for index in 0..n {
        let is_mark = |index: usize| tokens.get(index).is_some_and(Token::is_mark);
        let Token::Class(mut class) = tokens[index] else {
            continue;
        };
        class.over = is_mark(index + 1);
        let next = index + 1 + usize::from(class.over);
        class.last = next == n;
        let one = class.quantifier == Quantifier::One;
        let literal_last = one && index + 2 == n && !matches!(tokens[index + 1], Token::Class(_));
        class.tail = index + 1 == n || literal_last;
        class.ahead = match tokens.get(next) {
            None => Ahead::Nothing,
            Some(Token::Class(ahead)) => {
                class.target = (next + usize::from(ahead.quantifier == Quantifier::One)) as u32;
                Ahead::Class(ahead.set)
            }
            Some(ahead) => {
                class.target = next as u32 + 1;
                class.ends_run = true;
                ahead.as_literal().map_or(Ahead::Nothing, Ahead::literal)
            }
        };
        class.exits = Exits::of(class.stay().not());
        tokens[index] = Token::Class(class);
    }
}

impl Exits {
    fn of(set: ByteSet) -> Self {
        let mut bytes = set.ranges().take(4).flat_map(|(first, last)| first..=last);
        match (bytes.next(), bytes.next(), bytes.next(), bytes.next()) {
            (None, ..) => Exits::Never,
            (Some(a), None, ..) => Exits::One(a),
            (Some(a), Some(b), None, _) => Exits::Two(a, b),
            (Some(a), Some(b), Some(c), None) => Exits::Three(a, b, c),
            _ => Exits::Many,
        }
    }
}
