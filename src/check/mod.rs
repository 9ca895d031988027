//! `ossia check`: static analysis of decoders and rules.
//!
//! # Overview
//!
//! A load says what the original engine would refuse or leave out. What it accepts and does not do
//! as its author meant is said here: patterns of another language, conditions that never hold,
//! rules that another one hides, composite rules that cannot fire. [`run`] looks at what the stages
//! have made of the files ([`crate::ast`], [`crate::ruleset`], [`crate::pattern`]) and reads nothing
//! again.
//!
//! # The types that matter
//!
//! * [`Check`]: one thing to look for, with its id, documentation and function.
//! * [`Finding`]: where it was found, what to do, perhaps a [`Fix`].
//! * [`Levels`]: which findings count, and how much; [`suppress`] for comments in the files.
//!
//! # A new check
//!
//! Is one entry in the table of the file of its subject, the function beside it, and its two
//! examples in `tests/check/`, which `--explain` shows and a test runs. All checks end in time that
//! grows with the size of the files: what compares rules with each other looks only at siblings, and
//! has a budget.
//!
//! A check tells what is true in the dialect at hand; a trap of one engine is none in another.

mod composite;
mod context;
mod decoders;
mod finding;
pub mod fix;
mod groups;
mod ids;
mod levels;
mod lists;
mod overwrite;
mod parents;
mod patterns;
mod reach;
mod registry;
mod rules;
mod shadow;
pub mod suppress;
mod text;
mod times;
mod values;

pub use finding::sort;
pub use finding::{Edit, Finding, Fix};
pub use levels::{Level, Levels, UnknownId};
pub use registry::{Check, Dialects, Fixes, all, find};

use crate::config::Inputs;
use crate::diagnostic::Diagnostic;
use crate::ruleset::{Ruleset, Syntax};
use context::Context;
use finding::Output;
use registry::Run;

/// Runs every check. `syntax` and `diagnostics` are those of
/// [`crate::ruleset::build_with_syntax`]; `inputs` may have the lists as sources
/// ([`Inputs::add_list_sources`]).
///
/// Findings come in the order of the files. A ruleset that does not load is only looked at file by
/// file: what follows only from another mistake is not reported.
pub fn run(
    inputs: &Inputs,
    ruleset: &Ruleset,
    syntax: &[Syntax],
    diagnostics: &[Diagnostic],
) -> Vec<Finding> {
    let loads = !diagnostics.iter().any(Diagnostic::is_error);
    let context = Context::new(inputs, ruleset, syntax);
    let mut output = Output::default();
    for check in all().filter(|check| check.dialects.contain(inputs.dialect)) {
        output.begin(check);
        match check.run {
            Run::Pattern(look) => {
                for pattern in &context.patterns {
                    look(&context, pattern, &mut output);
                }
            }
            Run::Rule(look) => {
                for rule in &context.rules {
                    look(&context, rule, &mut output);
                }
            }
            Run::Decoder(look) => {
                for decoder in &context.decoders {
                    look(&context, decoder, &mut output);
                }
            }
            Run::Files(look) => look(&context, &mut output),
            Run::Ruleset(look) if loads => look(&context, &mut output),
            Run::Ruleset(_) => {}
        }
    }
    output.finish()
}
