//! A small backtracker for the patterns that the `regex` crate would run (`spec/regex.md` §6.4, §9).
//!
//! Most real patterns are a sequence of texts, classes and repeated classes, with captures: for
//! these, and alternatives of them, trying in the order of the pattern is several times faster than
//! an automaton that must also tell captures. It means the same, because leftmost-first is defined
//! as what a backtracker finds first. Whatever is more than that is not taken ([`Program::new`]),
//! and a search that goes on too long is given up ([`GaveUp`]), so that the automaton does it.
//!
//! Where a repeated class ends is mostly decided by what follows: if no byte of the class can begin
//! the rest, only the end of the run can be right, and there is nothing to go back to.

use regex_syntax::hir::{Class, Hir, HirKind, Look, Repetition};
use smallvec::SmallVec;

use super::classes::ByteSet;

/// A compiled pattern.
#[derive(Clone, Debug)]
pub(super) struct Program {
    ops: Box<[Op]>,
    sets: Box<[ByteSet]>,
    text: Box<[u8]>,
    slots: usize,
    start: Start,
}

/// Where a match can begin.
#[derive(Clone, Copy, Debug)]
enum Start {
    /// At the beginning of the input.
    Anchored,
    /// At these bytes. `run`: the pattern begins with a run of them which ends where the next token
    /// begins, so that a failure rules out the rest of the run.
    Byte { set: ByteSet, run: bool },
}

/// A step; what is not said of `pc` goes on with the next one.
#[derive(Clone, Copy, Debug)]
enum Op {
    /// `text[from..to]`, letters in this case or (in lower case) in both.
    Text {
        from: u32,
        to: u32,
        caseless: bool,
    },
    Set(u32),
    /// Bytes of `set`. `next`: what can begin the rest; `sure`: no byte of `set` is among it.
    Loop {
        set: u32,
        next: u32,
        min: u32,
        max: u32,
        greedy: bool,
        sure: bool,
    },
    Save(u32),
    /// Goes on with the next step, then with `second`; which of both first.
    Split {
        second: u32,
        second_first: bool,
    },
    Jump(u32),
    Look(Look),
    Match,
}

/// What is left to try.
enum Frame {
    Branch {
        pc: u32,
        at: usize,
    },
    /// Ends of a run from `at` down to `min`, excluding `at`.
    Shorter {
        pc: u32,
        at: usize,
        min: usize,
    },
    /// Ends of a run from `at` up to `max`, excluding `at`.
    Longer {
        pc: u32,
        at: usize,
        max: usize,
    },
    Restore {
        slot: u32,
        value: usize,
    },
}

/// The search took too many steps or too much memory.
#[derive(Debug)]
pub(super) struct GaveUp;

/// Offset of a slot that was not met.
pub(super) const UNSET: usize = usize::MAX;
/// Steps of a program.
const MOST_OPS: usize = 400;
/// Repetitions of more than a class that are written out.
const UNROLLED: u32 = 4;
/// Nesting that is looked into.
const DEEPEST: usize = 50;
/// Things to go back to at a time.
const STACK: usize = 32;
/// Bytes that may begin a match which is not anchored: with more, an automaton is better.
const MOST_STARTS: u32 = 100;
/// A repetition without limit.
const ENDLESS: u32 = u32::MAX;

impl Program {
    /// Takes the syntax tree of a pattern of the crate, if it is simple enough. `unicode`: the
    /// pattern was read in Unicode mode without case; then the program holds for ASCII inputs only,
    /// where every character is a byte.
    pub(super) fn new(tree: &Hir, unicode: bool) -> Option<Self> {
        let mut compiler = Compiler {
            unicode,
            ..Compiler::default()
        };
        compiler.part(tree, 0)?;
        compiler.ops.push(Op::Match);
        let anchored = tree.properties().look_set_prefix().contains(Look::Start);
        let slots = 2 * (tree.properties().explicit_captures_len() + 1);
        compiler.finish(anchored, slots)
    }

    /// The end of the leftmost-first match, and if they are kept (`KEEP`) its groups, two slots for
    /// each; the first two are not used.
    pub(super) fn find<const KEEP: bool>(
        &self,
        input: &[u8],
        slots: &mut Vec<usize>,
    ) -> Result<Option<usize>, GaveUp> {
        if KEEP {
            slots.clear();
            slots.resize(self.slots, UNSET);
        }
        let mut search = Search {
            program: self,
            input,
            slots,
            stack: SmallVec::new(),
            steps: 256 + 8 * input.len(),
        };
        let (set, run) = match self.start {
            Start::Anchored => return search.attempt::<KEEP>(0),
            Start::Byte { set, run } => (set, run),
        };
        let mut at = 0;
        loop {
            let Some(next) = input[at..].iter().position(|&byte| set.contains(byte)) else {
                return Ok(None);
            };
            at += next;
            if let Some(end) = search.attempt::<KEEP>(at)? {
                return Ok(Some(end));
            }
            at += 1;
            if run {
                let rest = &input[at..];
                let run = rest.iter().position(|&byte| !set.contains(byte));
                at += run.unwrap_or(rest.len());
            }
        }
    }
}

struct Search<'a> {
    program: &'a Program,
    input: &'a [u8],
    slots: &'a mut Vec<usize>,
    stack: SmallVec<[Frame; STACK]>,
    steps: usize,
}

impl Search<'_> {
    /// The end of a match that begins here. Slots are as before if there is none.
    fn attempt<const KEEP: bool>(&mut self, start: usize) -> Result<Option<usize>, GaveUp> {
        let Program {
            ops, sets, text, ..
        } = self.program;
        let input = self.input;
        let (mut pc, mut at) = (0usize, start);
        loop {
            self.charge(0)?;
            let holds = match ops[pc] {
                Op::Text { from, to, caseless } => {
                    let text = &text[from as usize..to as usize];
                    let holds = input.get(at..at + text.len()).is_some_and(|here| {
                        if caseless {
                            here.eq_ignore_ascii_case(text)
                        } else {
                            here == text
                        }
                    });
                    self.charge(text.len())?;
                    at += text.len();
                    holds
                }
                Op::Set(set) => {
                    let here = input.get(at);
                    at += 1;
                    here.is_some_and(|&byte| sets[set as usize].contains(byte))
                }
                Op::Loop {
                    set,
                    min,
                    max,
                    greedy,
                    sure,
                    ..
                } => {
                    let set = &sets[set as usize];
                    let rest = &input[at..];
                    let most = &rest[..rest.len().min(max as usize)];
                    let run = most.iter().position(|&byte| !set.contains(byte));
                    let max = at + run.unwrap_or(most.len());
                    self.charge(max - at)?;
                    let min = at + min as usize;
                    if min > max {
                        false
                    } else if sure || min == max {
                        at = max;
                        true
                    } else {
                        let frame = if greedy {
                            Frame::Shorter {
                                pc: pc as u32,
                                at: max + 1,
                                min,
                            }
                        } else {
                            Frame::Longer {
                                pc: pc as u32,
                                at: min,
                                max,
                            }
                        };
                        self.push(frame)?;
                        false
                    }
                }
                Op::Save(slot) => {
                    if KEEP {
                        let value = std::mem::replace(&mut self.slots[slot as usize], at);
                        self.push(Frame::Restore { slot, value })?;
                    }
                    true
                }
                Op::Split {
                    second,
                    second_first,
                } => {
                    let next = pc as u32 + 1;
                    let (first, then) = if second_first {
                        (second, next)
                    } else {
                        (next, second)
                    };
                    self.push(Frame::Branch { pc: then, at })?;
                    pc = first as usize;
                    continue;
                }
                Op::Jump(target) => {
                    pc = target as usize;
                    continue;
                }
                Op::Look(look) => self.look(look, at),
                Op::Match => {
                    self.stack.clear();
                    return Ok(Some(at));
                }
            };
            if holds {
                pc += 1;
                continue;
            }
            match self.back()? {
                Some(place) => (pc, at) = place,
                None => return Ok(None),
            }
        }
    }

    fn push(&mut self, frame: Frame) -> Result<(), GaveUp> {
        if self.stack.len() == STACK {
            return Err(GaveUp);
        }
        self.stack.push(frame);
        Ok(())
    }

    /// The next thing to try.
    fn back(&mut self) -> Result<Option<(usize, usize)>, GaveUp> {
        while let Some(frame) = self.stack.pop() {
            match frame {
                Frame::Branch { pc, at } => return Ok(Some((pc as usize, at))),
                Frame::Restore { slot, value } => self.slots[slot as usize] = value,
                Frame::Shorter { pc, at, min } => {
                    let end = (min..at).rev().find(|&end| self.can_go_on(pc, end));
                    self.charge(at - end.unwrap_or(min))?;
                    if let Some(end) = end {
                        if end > min {
                            self.push(Frame::Shorter { pc, at: end, min })?;
                        }
                        return Ok(Some((pc as usize + 1, end)));
                    }
                }
                Frame::Longer { pc, at, max } => {
                    let end = (at..=max).find(|&end| self.can_go_on(pc, end));
                    self.charge(end.unwrap_or(max) - at)?;
                    if let Some(end) = end {
                        if end < max {
                            let at = end + 1;
                            self.push(Frame::Longer { pc, at, max })?;
                        }
                        return Ok(Some((pc as usize + 1, end)));
                    }
                }
            }
        }
        Ok(None)
    }

    /// Whether what follows the repeated class can begin here, as far as one byte tells.
    #[inline]
    fn can_go_on(&self, pc: u32, at: usize) -> bool {
        match (self.program.ops[pc as usize], self.input.get(at)) {
            (Op::Loop { next, .. }, Some(&byte)) => self.program.sets[next as usize].contains(byte),
            _ => true,
        }
    }

    /// Counts a step that looked at some bytes.
    #[inline]
    fn charge(&mut self, bytes: usize) -> Result<(), GaveUp> {
        self.steps = self.steps.checked_sub(1 + bytes / 8).ok_or(GaveUp)?;
        Ok(())
    }

    fn look(&self, look: Look, at: usize) -> bool {
        let word = |byte: Option<&u8>| {
            byte.is_some_and(|&byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        let before = at.checked_sub(1).and_then(|before| self.input.get(before));
        let behind = self.input.get(at);
        match look {
            Look::Start => at == 0,
            Look::End => at == self.input.len(),
            Look::StartLF => before.is_none_or(|&byte| byte == b'\n'),
            Look::EndLF => behind.is_none_or(|&byte| byte == b'\n'),
            Look::WordAscii => word(before) != word(behind),
            _ => word(before) == word(behind),
        }
    }
}

/// Writes a program from the tree of the pattern.
#[derive(Default)]
struct Compiler {
    unicode: bool,
    ops: Vec<Op>,
    sets: Vec<ByteSet>,
    text: Vec<u8>,
    /// A step that something jumps to: no text grows over it.
    fence: usize,
}

impl Compiler {
    /// Appends the steps of a part; `None`: not simple enough.
    fn part(&mut self, part: &Hir, depth: usize) -> Option<()> {
        if depth > DEEPEST || self.ops.len() > MOST_OPS {
            return None;
        }
        match part.kind() {
            HirKind::Empty => {}
            HirKind::Literal(literal) => {
                for &byte in &*literal.0 {
                    self.byte(byte, byte.is_ascii_alphabetic().then_some(false));
                }
            }
            HirKind::Class(class) => {
                let set = self.set(class)?;
                match letter(set) {
                    Some(letter) => self.byte(letter, Some(true)),
                    None => {
                        let set = self.add(set);
                        self.ops.push(Op::Set(set));
                    }
                }
            }
            HirKind::Look(
                look @ (Look::Start
                | Look::End
                | Look::StartLF
                | Look::EndLF
                | Look::WordAscii
                | Look::WordAsciiNegate),
            ) => self.ops.push(Op::Look(*look)),
            HirKind::Look(_) => return None,
            HirKind::Capture(capture) => {
                self.ops.push(Op::Save(2 * capture.index));
                self.part(&capture.sub, depth + 1)?;
                self.ops.push(Op::Save(2 * capture.index + 1));
            }
            HirKind::Concat(parts) => {
                for part in parts {
                    self.part(part, depth + 1)?;
                }
            }
            HirKind::Repetition(repetition) => self.repetition(repetition, depth)?,
            HirKind::Alternation(branches) => self.alternation(branches, depth)?,
        }
        Some(())
    }

    fn repetition(&mut self, repetition: &Repetition, depth: usize) -> Option<()> {
        let Repetition {
            min,
            max,
            greedy,
            ref sub,
        } = *repetition;
        let set = match sub.kind() {
            HirKind::Class(class) => Some(self.set(class)?),
            HirKind::Literal(literal) => match *literal.0 {
                [byte] => Some(ByteSet::of(byte)),
                _ => None,
            },
            _ => None,
        };
        if let Some(set) = set {
            let set = self.add(set);
            self.ops.push(Op::Loop {
                set,
                next: 0,
                min,
                max: max.unwrap_or(ENDLESS),
                greedy,
                sure: false,
            });
            return Some(());
        }
        if (min, max) == (0, Some(1)) {
            let split = self.ops.len();
            self.ops.push(Op::Jump(0));
            self.fence = self.ops.len();
            self.part(sub, depth + 1)?;
            self.ops[split] = Op::Split {
                second: self.ops.len() as u32,
                second_first: !greedy,
            };
            self.fence = self.ops.len();
            return Some(());
        }
        if Some(min) == max && (1..=UNROLLED).contains(&min) {
            for _ in 0..min {
                self.part(sub, depth + 1)?;
            }
            return Some(());
        }
        None
    }

    fn alternation(&mut self, branches: &[Hir], depth: usize) -> Option<()> {
        let mut exits = Vec::new();
        let (last, others) = branches.split_last()?;
        for branch in others {
            let split = self.ops.len();
            self.ops.push(Op::Jump(0));
            self.fence = self.ops.len();
            self.part(branch, depth + 1)?;
            exits.push(self.ops.len());
            self.ops.push(Op::Jump(0));
            self.ops[split] = Op::Split {
                second: self.ops.len() as u32,
                second_first: false,
            };
            self.fence = self.ops.len();
        }
        self.part(last, depth + 1)?;
        for exit in exits {
            self.ops[exit] = Op::Jump(self.ops.len() as u32);
        }
        self.fence = self.ops.len();
        Some(())
    }

    /// One byte of text. `letter`: it is a letter, and whether in both cases.
    fn byte(&mut self, byte: u8, letter: Option<bool>) {
        let grows = self.ops.len() > self.fence;
        if let Some(Op::Text { from, to, caseless }) = self.ops.last_mut()
            && grows
        {
            let letters = self.text[*from as usize..].iter();
            let none = !letters.into_iter().any(u8::is_ascii_alphabetic);
            let fits = letter.is_none_or(|both| both == *caseless || none);
            if fits {
                *caseless = letter.unwrap_or(*caseless);
                self.text.push(byte);
                *to += 1;
                return;
            }
        }
        let from = self.text.len() as u32;
        self.text.push(byte);
        self.ops.push(Op::Text {
            from,
            to: from + 1,
            caseless: letter.unwrap_or(false),
        });
    }

    /// The bytes of a class; in Unicode mode those of ASCII.
    fn set(&self, class: &Class) -> Option<ByteSet> {
        let mut set = ByteSet::EMPTY;
        match class {
            Class::Bytes(class) => {
                for range in class.iter() {
                    set = set.with(range.start(), range.end());
                }
            }
            Class::Unicode(class) => {
                if !self.unicode && !class.is_ascii() {
                    return None;
                }
                for range in class.iter().filter(|range| range.start().is_ascii()) {
                    let last = u8::try_from(range.end()).unwrap_or(0x7f).min(0x7f);
                    set = set.with(range.start() as u8, last);
                }
            }
        }
        Some(set)
    }

    fn add(&mut self, set: ByteSet) -> u32 {
        let known = self.sets.iter().position(|&other| other == set);
        let index = known.unwrap_or(self.sets.len());
        if known.is_none() {
            self.sets.push(set);
        }
        index as u32
    }

    /// Works out what follows each repeated class, from the end on: all jumps go forward.
    fn finish(mut self, anchored: bool, slots: usize) -> Option<Program> {
        let mut firsts = vec![ByteSet::ALL; self.ops.len()];
        for pc in (0..self.ops.len()).rev() {
            let next = firsts.get(pc + 1).copied().unwrap_or(ByteSet::ALL);
            firsts[pc] = match self.ops[pc] {
                Op::Text { from, caseless, .. } => {
                    let set = ByteSet::of(self.text[from as usize]);
                    if caseless { set.caseless() } else { set }
                }
                Op::Set(set) => self.sets[set as usize],
                Op::Loop {
                    set,
                    min,
                    max,
                    greedy,
                    ..
                } => {
                    let own = self.sets[set as usize];
                    self.ops[pc] = Op::Loop {
                        set,
                        next: self.add(next),
                        min,
                        max,
                        greedy,
                        sure: own.and(next) == ByteSet::EMPTY,
                    };
                    if min > 0 { own } else { own.or(next) }
                }
                Op::Split { second, .. } => next.or(firsts[second as usize]),
                Op::Jump(target) => firsts[target as usize],
                // Nothing can follow, and nothing must.
                Op::Look(Look::End) => ByteSet::EMPTY,
                Op::Look(Look::EndLF) | Op::Match => ByteSet::ALL,
                Op::Save(_) | Op::Look(_) => next,
            };
        }
        let start = if anchored {
            Start::Anchored
        } else {
            self.starts(firsts[0])?
        };
        Some(Program {
            ops: self.ops.into(),
            sets: self.sets.into(),
            text: self.text.into(),
            slots,
            start,
        })
    }

    /// Where a match begins that takes at least a byte, without a choice of what to take.
    fn starts(&self, set: ByteSet) -> Option<Start> {
        let first = self.ops.iter().find(|op| !matches!(op, Op::Save(_)))?;
        match *first {
            Op::Loop { min, max, sure, .. } => {
                let run = sure && min == 1 && max == ENDLESS;
                run.then_some(Start::Byte { set, run })
            }
            Op::Text { .. } | Op::Set(_) if set.len() <= MOST_STARTS => {
                Some(Start::Byte { set, run: false })
            }
            _ => None,
        }
    }
}

/// The letter, in lower case, if the set is its two cases.
fn letter(set: ByteSet) -> Option<u8> {
    (b'a'..=b'z').find(|&letter| ByteSet::of(letter).caseless() == set)
}
