//! Stage 4: the compiled engine and the road of one event through it.

pub mod category;
pub mod conditions;
pub mod field;
pub mod moment;
pub mod plugins;
pub mod predecode;
