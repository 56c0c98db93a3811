//! Expressions without columns are computed once.

use crate::error::Result;
use crate::plan::Plan;

pub(super) fn apply(plan: Plan) -> Result<Plan> {
    Ok(plan)
}
