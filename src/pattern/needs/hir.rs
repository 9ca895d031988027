//! The needed texts of a pattern of the `regex` crate, from its syntax tree.
//!
//! A sequence is walked from left to right. As long as its parts are plain texts, or a few plain
//! texts to choose from, their product is one set of texts of which every match has a member; where
//! something else comes, that set is a candidate and the next one begins. Groups are walked as if
//! they were written out; each branch of an alternation that is more than plain texts gives its
//! own best set, and the union is a candidate.

use regex_syntax::hir::{Class, Hir, HirKind, Look};

use super::{Candidates, LONGEST_TEXT, MOST_TEXTS, NeededText, Needs};

/// Members of a class that are written out.
const CLASS_MEMBERS: usize = 4;
/// Nesting that is looked into.
const DEEPEST: usize = 100;

/// The needs of a pattern, from its syntax tree.
pub(in crate::pattern) fn needs(tree: &Hir) -> Needs {
    let mut walk = Walk::at_the_beginning();
    walk.part(tree, 0);
    walk.needs()
}

/// A sequence as far as it was read.
struct Walk {
    /// The sequence may have taken bytes: `\A` says nothing about what follows.
    moved: bool,
    /// The sequence begins at the beginning of the input.
    anchored: bool,
    /// The texts of which one stands directly before what comes next.
    texts: Vec<Vec<u8>>,
    /// They stand at the beginning of the input.
    begins: bool,
    /// The sequence is nothing but `texts`.
    exact: bool,
    /// The end of every one of `texts` that was read since there was a choice; its beginning is
    /// that of the input.
    single: (Vec<u8>, bool),
    /// No match can take this sequence.
    never: bool,
    candidates: Candidates,
}

impl Walk {
    fn at_the_beginning() -> Self {
        Walk {
            moved: false,
            anchored: false,
            texts: vec![Vec::new()],
            begins: false,
            exact: true,
            single: (Vec::new(), false),
            never: false,
            candidates: Candidates::default(),
        }
    }

    /// A branch that begins where this sequence stands.
    fn branch(&self) -> Self {
        Walk {
            moved: self.moved,
            anchored: self.anchored,
            begins: self.anchored && !self.moved,
            single: (Vec::new(), self.anchored && !self.moved),
            ..Walk::at_the_beginning()
        }
    }

    fn needs(mut self) -> Needs {
        if self.never {
            return Needs::NEVER;
        }
        self.offer(false);
        self.candidates.best()
    }

    fn part(&mut self, part: &Hir, depth: usize) {
        if depth > DEEPEST {
            return self.unknown();
        }
        match part.kind() {
            HirKind::Empty => {}
            HirKind::Literal(literal) => self.text(&literal.0),
            HirKind::Class(class) => match members(class) {
                Some(members) => self.choice(members),
                None => self.unknown(),
            },
            HirKind::Look(Look::Start) if !self.moved => {
                self.anchored = true;
                self.begins = true;
                self.single.1 = true;
            }
            HirKind::Look(Look::End) => {
                self.offer(true);
                self.unknown();
            }
            // Other conditions take nothing: what stands before and behind is still adjacent.
            HirKind::Look(_) => {}
            HirKind::Capture(capture) => self.part(&capture.sub, depth + 1),
            HirKind::Concat(parts) => {
                for part in parts {
                    self.part(part, depth + 1);
                }
            }
            HirKind::Repetition(repetition) => {
                if repetition.min > 0 {
                    self.part(&repetition.sub, depth + 1);
                }
                if (repetition.min, repetition.max) != (1, Some(1)) {
                    self.unknown();
                }
            }
            HirKind::Alternation(branches) => self.alternation(branches, depth),
        }
    }

    /// Bytes that every match takes here.
    fn text(&mut self, text: &[u8]) {
        if text.is_empty() {
            return;
        }
        for &byte in text {
            if self.texts[0].len() >= LONGEST_TEXT || self.single.0.len() >= LONGEST_TEXT {
                self.offer(false);
                self.forget();
            }
            let byte = byte.to_ascii_lowercase();
            for text in &mut self.texts {
                text.push(byte);
            }
            self.single.0.push(byte);
            self.moved = true;
        }
    }

    /// One of these texts.
    fn choice(&mut self, choice: Vec<Vec<u8>>) {
        match &choice[..] {
            [] => return self.never = true,
            [text] => return self.text(text),
            _ => {}
        }
        let longest = |texts: &[Vec<u8>]| texts.iter().map(Vec::len).max().unwrap_or(0);
        let fits = self.texts.len() * choice.len() <= MOST_TEXTS
            && longest(&self.texts) + longest(&choice) <= LONGEST_TEXT;
        self.offer(false);
        if !fits {
            self.forget();
        }
        self.texts = self
            .texts
            .iter()
            .flat_map(|head| {
                choice.iter().map(move |tail| {
                    let mut text = head.clone();
                    text.extend_from_slice(tail);
                    text
                })
            })
            .collect();
        self.single = (Vec::new(), false);
        self.moved = true;
    }

    fn alternation(&mut self, branches: &[Hir], depth: usize) {
        let mut exact: Option<Vec<Vec<u8>>> = Some(Vec::new());
        let mut anchored = Vec::new();
        let mut needs = Vec::new();
        for part in branches {
            let mut branch = self.branch();
            branch.part(part, depth + 1);
            if branch.never {
                continue;
            }
            anchored.push(branch.anchored);
            match &mut exact {
                Some(texts) if branch.exact && texts.len() <= MOST_TEXTS => {
                    texts.extend(branch.texts.iter().cloned());
                }
                _ => exact = None,
            }
            needs.push(branch.needs());
        }
        if needs.is_empty() {
            self.never = true;
            return;
        }
        let alike = anchored.iter().all(|&one| one == anchored[0]);
        match exact {
            Some(texts) if alike && texts.len() <= MOST_TEXTS => {
                if anchored[0] && !self.moved {
                    self.anchored = true;
                    self.begins = true;
                    self.single.1 = true;
                }
                self.choice(texts);
            }
            _ => {
                if let Needs::OneOf(texts) = Needs::any_of(needs) {
                    self.candidates.offer(texts);
                }
                self.unknown();
            }
        }
    }

    /// Something else may stand here.
    fn unknown(&mut self) {
        self.offer(false);
        self.forget();
    }

    fn forget(&mut self) {
        self.exact = false;
        self.moved = true;
        self.texts = vec![Vec::new()];
        self.begins = false;
        self.single = (Vec::new(), false);
    }

    /// What stands directly before here is a candidate.
    fn offer(&mut self, ends: bool) {
        let (single, begins) = &self.single;
        self.candidates
            .offer(vec![NeededText::new(single, *begins, ends)]);
        if self.texts.len() > 1 {
            let texts = self.texts.iter();
            let texts = texts.map(|text| NeededText::new(text, self.begins, ends));
            self.candidates.offer(texts.collect());
        }
    }
}

/// The members of a class as texts, a letter in both cases counting once.
fn members(class: &Class) -> Option<Vec<Vec<u8>>> {
    let mut members: Vec<Vec<u8>> = Vec::new();
    let mut add = |member: Vec<u8>| {
        if !members.contains(&member) {
            members.push(member);
        }
    };
    match class {
        Class::Bytes(class) => {
            let size: usize = class.iter().map(|range| range.len()).sum();
            if size > 2 * CLASS_MEMBERS {
                return None;
            }
            for range in class.iter() {
                (range.start()..=range.end()).for_each(|byte| add(vec![byte.to_ascii_lowercase()]));
            }
        }
        Class::Unicode(class) => {
            let size: usize = class.iter().map(|range| range.len()).sum();
            if size > 2 * CLASS_MEMBERS {
                return None;
            }
            for range in class.iter() {
                for char in range.start()..=range.end() {
                    add(char.to_ascii_lowercase().to_string().into_bytes());
                }
            }
        }
    }
    (members.len() <= CLASS_MEMBERS).then_some(members)
}
