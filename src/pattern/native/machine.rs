//! The machine of `spec/regex.md` §5.3, made fast; the letters (A to F) are those of the text.
//!
//! It does exactly what the text says, with several of its steps taken at once where all but the
//! last one leave nothing behind:
//!
//! | steps | why they are one |
//! |---|---|
//! | A start fails on the first token, and the next start, ... | Nothing is remembered of them but `end`, which is not known then, and the mark of a parenthesis in front, which the next start sets anew. A class in front forgets `run`, so that only starts without a run are skipped. |
//! | A literal after a literal | Each sets `restart` if it is not set, and `end`; a failure in the middle is the same after one step or several. |
//! | Bytes of a run that the token ahead does not take (D) | Each sets `end`, or the mark behind the class if nothing else follows, to its own place. |

use super::{Ahead, Alternative, Class, Exits, First, Flavour, Quantifier, RESUME_POINTS, Token};

/// The end of a match that is not known: no match.
const UNKNOWN: i64 = i64::MIN;
/// Bytes of a run that are looked at one by one before a search is worth its start.
const SHORT_RUN: usize = 16;

/// One alternative on one input.
pub(super) struct Machine<'a> {
    alternative: &'a Alternative,
    flavour: &'a Flavour,
    input: &'a [u8],
}

impl<'a> Machine<'a> {
    pub(super) fn new(alternative: &'a Alternative, flavour: &'a Flavour, input: &'a [u8]) -> Self {
        Machine {
            alternative,
            flavour,
            input,
        }
    }

    /// The raw end. `KEEP`: marks are kept, `marks` has room for all of the alternative.
    pub(super) fn run<const KEEP: bool>(&self, marks: &mut [usize]) -> Option<i64> {
        let tokens = &*self.alternative.tokens;
        let (input, size) = (self.input, self.input.len());
        let Alternative {
            begin,
            end: end_anchor,
            first,
            ..
        } = *self.alternative;
        let mut mark = |index: usize, offset: usize| {
            if KEEP
                && let Some(Token::Mark(ordinal)) = tokens.get(index)
                && let Some(place) = marks.get_mut(*ordinal as usize)
            {
                *place = offset;
            }
        };
        let last_byte_mark = self.flavour.last_byte_mark;

        let (mut pos, mut cur) = (0, 0);
        let mut run = false;
        let mut restart = None;
        let mut saved = [(0, 0); RESUME_POINTS];
        let mut points = 0;
        let mut end = if self.flavour.must_consume {
            UNKNOWN
        } else {
            0
        };
        while pos < size {
            if cur == 0 && !begin && points == 0 && restart.is_none() {
                let skipped = match first {
                    First::Any => 0,
                    First::Never => return None,
                    First::Byte { lower, upper } => memchr::memchr2(lower, upper, &input[pos..])?,
                    First::Set(_) if run => 0,
                    First::Set(set) => input[pos..].iter().position(|&byte| set.contains(byte))?,
                };
                if skipped > 0 {
                    pos += skipped;
                    end = UNKNOWN;
                }
            }
            let c = input[pos];
            // A. arrival: only one mark per step
            if let Some(Token::Mark(_)) = tokens.get(cur) {
                mark(cur, pos);
                cur += 1;
            }
            match tokens.get(cur) {
                None if !end_anchor => return known(end),
                None => {}
                Some(Token::Literal(_)) => {
                    let taken = self.literals(cur, pos);
                    if taken > 0 {
                        restart = restart.or(Some(pos));
                        cur += taken;
                        pos += taken;
                        end = pos as i64 - 1;
                        continue;
                    }
                }
                // A second mark is compared as a literal.
                Some(Token::Mark(_)) if c == b'(' => {
                    restart = restart.or(Some(pos));
                    cur += 1;
                    end = pos as i64;
                    pos += 1;
                    continue;
                }
                Some(Token::Mark(_)) => {}
                Some(Token::Class(class)) if class.set.contains(c) => {
                    // B. single class
                    if class.quantifier == Quantifier::One {
                        cur += 1;
                        restart = restart.or(Some(pos));
                        end = pos as i64;
                        pos += 1;
                        continue;
                    }
                    // C. first byte of a "+" run: consumed without looking ahead
                    let mut from = pos;
                    if class.quantifier == Quantifier::Plus && !run {
                        if KEEP && class.over {
                            mark(cur + 1, if pos + 1 == size { size } else { pos });
                        }
                        end = pos as i64;
                        from += 1;
                    }
                    run = true;
                    // D. further bytes of the run, or any byte of "*": one token ahead
                    let stop = from + stays(class, &input[from..]);
                    if stop > from {
                        if !class.last {
                            end = stop as i64 - 1;
                        } else if KEEP && class.over {
                            let inside = last_byte_mark && stop < size;
                            mark(cur + 1, stop - usize::from(inside));
                        }
                    }
                    if stop > pos {
                        pos = stop;
                        continue;
                    }
                    // this byte now belongs to the next token
                    if KEEP && class.over {
                        let behind = last_byte_mark && pos + 1 == size;
                        mark(cur + 1, pos + usize::from(behind));
                    }
                    if points < RESUME_POINTS {
                        saved[points] = (cur, pos);
                        points += 1;
                    }
                    run = !class.ends_run;
                    cur = class.target as usize;
                    end = pos as i64;
                    pos += 1;
                    continue;
                }
                Some(Token::Class(class)) => {
                    // E. the class does not take the byte
                    if run && end != UNKNOWN && class.tail {
                        end = pos as i64;
                        if !end_anchor {
                            return known(end);
                        }
                    } else if run && class.quantifier == Quantifier::Plus {
                        cur += 1;
                        run = false;
                        continue;
                    } else if class.quantifier == Quantifier::Star {
                        cur += 1;
                        end = pos as i64 - 1;
                        run = false;
                        continue;
                    }
                    run = false;
                }
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
            end = UNKNOWN;
            pos += 1;
        }
        // input used up
        if KEEP {
            while quantifier(tokens, cur) == Some(Quantifier::Star) {
                cur += 1; // F1
            }
            mark(cur, pos);
        }
        if forgives(tokens, cur, run) {
            known(end)
        } else {
            None
        }
    }

    /// How many literals from this token on take the bytes from here on.
    #[inline]
    fn literals(&self, cur: usize, pos: usize) -> usize {
        let wanted = &self.alternative.literals[cur..];
        let bytes = wanted.iter().zip(&self.input[pos..]);
        bytes
            .take_while(|&(want, byte)| *want == byte.to_ascii_lowercase())
            .count()
    }
}

#[inline]
fn known(end: i64) -> Option<i64> {
    (end != UNKNOWN).then_some(end)
}

/// How many bytes keep the run of the class where it is.
#[inline]
fn stays(class: &Class, input: &[u8]) -> usize {
    if let Exits::One(byte) = class.exits {
        return position(byte, input);
    }
    let near = &input[..input.len().min(SHORT_RUN)];
    let stop = leaves(class, near);
    if let Some(stop) = stop {
        return stop;
    }
    let far = &input[near.len()..];
    let stop = match class.exits {
        Exits::Never => None,
        Exits::One(a) => memchr::memchr(a, far),
        Exits::Two(a, b) => memchr::memchr2(a, b, far),
        Exits::Three(a, b, c) => memchr::memchr3(a, b, c, far),
        Exits::Many => leaves(class, far),
    };
    stop.map_or(input.len(), |stop| near.len() + stop)
}

/// The first byte that does not keep the run of the class where it is, one by one.
#[inline]
fn leaves(class: &Class, input: &[u8]) -> Option<usize> {
    let set = class.set;
    let mut bytes = input.iter();
    match class.ahead {
        Ahead::Nothing => bytes.position(|&byte| !set.contains(byte)),
        Ahead::Byte { lower, upper } => {
            bytes.position(|&byte| !set.contains(byte) || byte == lower || byte == upper)
        }
        Ahead::Class(ahead) => bytes.position(|&byte| !set.contains_without(ahead, byte)),
    }
}

/// Where the byte is first, or the end. Words and numbers are short: a look at eight bytes at once
/// finds their end sooner than a call does.
#[inline]
fn position(byte: u8, input: &[u8]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    let wanted = ONES * u64::from(byte);
    let mut chunks = input.chunks_exact(8);
    for (at, chunk) in chunks.by_ref().take(SHORT_RUN / 8).enumerate() {
        let Ok(eight) = <[u8; 8]>::try_from(chunk) else {
            break;
        };
        // A byte that is zero now is the wanted one; the lowest bit set tells the first.
        let differs = u64::from_le_bytes(eight) ^ wanted;
        let zero = differs.wrapping_sub(ONES) & !differs & (ONES << 7);
        if zero != 0 {
            return at * 8 + zero.trailing_zeros() as usize / 8;
        }
    }
    let near = input.len().min(SHORT_RUN) / 8 * 8;
    memchr::memchr(byte, &input[near..]).map_or(input.len(), |at| near + at)
}

fn quantifier(tokens: &[Token], index: usize) -> Option<Quantifier> {
    match tokens.get(index) {
        Some(Token::Class(class)) => Some(class.quantifier),
        _ => None,
    }
}

/// F2 to F4: whether the rest of the tokens may be missing at the end of the input.
fn forgives(tokens: &[Token], cur: usize, run: bool) -> bool {
    let n = tokens.len();
    let over_mark =
        |index: usize| index + usize::from(tokens.get(index).is_some_and(Token::is_mark));
    let mut i = over_mark(cur); // F2
    if i == n {
        return true;
    }
    let Some(here) = quantifier(tokens, i) else {
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
            let Some(next) = quantifier(tokens, i) else {
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
    quantifier(tokens, i) == Some(Quantifier::Star) && over_mark(i + 1) == n
}
