//! The machine of `spec/regex.md` §5.3 step by step: what the fast one is tested against.

use super::{Alternative, Class, Flavour, Quantifier, RESUME_POINTS, Token};

pub(super) struct Machine<'a> {
    pub(super) alternative: &'a Alternative,
    pub(super) flavour: Flavour,
    pub(super) input: &'a [u8],
}

impl Machine<'_> {
    /// §5.3. `KEEP`: marks are kept, `marks` has room for all of the alternative.
    pub(super) fn run<const KEEP: bool>(&self, marks: &mut [usize]) -> Option<i64> {
        let tokens = &*self.alternative.tokens;
        let (n, input, size) = (tokens.len(), self.input, self.input.len());
        let Alternative {
            begin,
            end: end_anchor,
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
                Some(Token::Class(Class {
                    set, quantifier, ..
                })) if set.contains(c) => {
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
                        Token::Class(Class {
                            set, quantifier, ..
                        }) => set
                            .contains(c)
                            .then_some(next + usize::from(*quantifier == Quantifier::One)),
                        _ if ahead.as_literal() == Some(c.to_ascii_lowercase()) => {
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
                Some(Token::Class(Class { quantifier, .. })) => {
                    // E. the class does not take the byte
                    let tail = cur + 1 == n
                        || (*quantifier == Quantifier::One
                            && cur + 2 == n
                            && !matches!(tokens[cur + 1], Token::Class(_)));
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
                Some(token) if token.as_literal() == Some(c.to_ascii_lowercase()) => {
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
                Some(Token::Class(Class {
                    quantifier: Quantifier::Star,
                    ..
                }))
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
            Some(Token::Class(class)) => Some(class.quantifier),
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
