//! What people read of a run: plans, guards, data quality, and why a person is where they
//! are. Pure functions from values to [`Line`]s, in Swedish and English (K222).
//!
//! Whatever stands in a register may stand in a name. So every text becomes a [`Span`], and
//! a span has no control characters: see [`escaped`].

mod explain;
mod json;
mod numbers;
mod obstacles;
mod pace;
mod plan_details;
mod plan_summary;
mod quality;
mod run_summary;
mod source_trip;
mod text;
mod words;

pub use explain::{
    ExplainStep, Explanation, StepName, Went, explain, explain_json, no_hit, no_hit_json,
    rule_steps,
};
pub use json::{json_text, plan_summary_json};
pub use numbers::{date, decimal, duration, moment, number, percent};
pub use obstacles::{ObstaclesView, obstacles, obstacles_json};
pub use pace::{pace, pace_json};
pub use plan_details::{Filter, plan_details};
pub use plan_summary::{Beside, PlanView, beside, plan_summary};
pub use quality::{QualityView, quality, quality_json};
pub use rules::config::Lang;
pub use run_summary::{Stage, filled, run_state, run_summary};
pub use source_trip::{LastRead, source_trip};
pub use text::{Line, Span, Style, escaped, plain};

#[cfg(test)]
mod tests;
