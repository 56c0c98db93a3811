//! The syntax tree: what a statement says, and where each part of it stands in the text.
//!
//! Every node carries a [`Span`] of byte offsets into the text it was parsed from. The tree says only what is written: names
//! are not resolved, types are not derived, nothing is defaulted. Two properties hold for every tree the parser makes:
//!
//! - its height is bounded by [`MAX_TREE_HEIGHT`](super::MAX_TREE_HEIGHT), so it can be walked, cloned, compared and dropped by plain recursion;
//!   what people write in long chains (`AND`, `OR`, set operations, joins, lists) is flat;
//! - printing it (`Display`) gives text that parses to the same tree, spans aside.

mod call;
mod data_type;
mod expr;
mod json;
mod literal;
mod name;
mod objects;
mod pattern;
mod query;
mod span;
mod statement;
mod table_ddl;
mod table_ref;

pub use call::{
    Argument, ArgumentValue, FrameBound, FrameUnits, FunctionCall, NullTreatment, Over, PartialWindow,
    SetQuantifier, TableArgument, WindowFrame, WindowSpec,
};
pub use data_type::{DataType, DataTypeKind, FieldDef, TimeZoneSpec};
pub use expr::{
    BinaryOperator, CaseBranch, CastKind, Comparison, ContextVariable, Expr, ExprKind, IsTest, LikeKind,
    QuantifiedOperand, Quantifier, RoundingDirection, TimeUnitFunction, TrimSide, UnaryOperator,
};
pub use json::{
    JsonConstructorNulls, JsonEntry, JsonExistsBehavior, JsonPathCall, JsonQueryBehavior, JsonQueryWrapper,
    JsonReturning, JsonValueBehavior,
};
pub use literal::{
    BinaryLiteral, DatetimeKind, DatetimeLiteral, IntervalFields, IntervalLiteral, IntervalQualifier,
    Literal, NumberForm, NumberLiteral, Sign, StringLiteral, TimeUnit,
};
pub use name::{Ident, ObjectName};
pub use objects::{
    AlterCatalog, AlterCatalogAction, AlterDatabase, AlterFunction, AlterMaterializedTable,
    AlterMaterializedTableAction, AlterModel, AlterModelAction, AlterView, AlterViewAction, CreateCatalog,
    CreateDatabase, CreateFunction, CreateMaterializedTable, CreateModel, CreateView, DropDatabase,
    DropFunction, DropObject, FunctionLanguage, FunctionScope, RefreshMode, Resource,
};
pub use pattern::{
    AfterMatch, MatchRecognize, Measure, Pattern, PatternKind, PatternQuantifier, RowsPerMatch, Subset,
    VariableDefinition,
};
pub use query::{
    Cte, GroupBy, GroupingElement, LimitCount, NamedWindow, NullsOrder, OrderItem, Query, QueryBody, Select,
    SelectItem, SetOperation, SetOperator, SortDirection, Values, With,
};
pub use span::{LineColumn, Span};
pub use statement::{
    AnalyzeColumns, AnalyzeTable, Assignment, ClientCommand, CompilePlan, Delete, DescribeTarget, Explain,
    ExplainDetail, Insert, LikeFilter, Merge, MergeInsert, PartitionValue, PlanSource, ScopePreposition,
    SetOption, Show, Statement, StatementKind, Update, UseTarget, VariableScope,
};
pub use table_ddl::{
    AlterElement, AlterTable, AlterTableAction, ColumnDef, ColumnKind, ColumnPosition, Constraint,
    ConstraintKind, CreateMode, CreateTable, Distribution, DistributionKind, LikeFeature, LikeMerge,
    LikeOption, SchemaElement, TableBody, TableLike, TableOption, Watermark,
};
pub use table_ref::{
    ExtendColumn, FromItem, Hint, HintArguments, Join, JoinConstraint, JoinKind, Pivot, PivotAggregate,
    PivotValue, Sample, TableAlias, TableFactor, TableFunction, TableSource, TableTarget, Unpivot,
    UnpivotValue,
};
