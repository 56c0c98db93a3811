//! Statements.

use super::super::ast::{
    AnalyzeColumns, AnalyzeTable, ClientCommand, CompilePlan, CreateMode, DescribeTarget, Explain,
    ExplainDetail, Insert, PlanSource, SetOption, Statement, StatementKind, UseTarget, VariableScope,
};
use super::super::keyword::Keyword as K;
use super::super::lexer;
use super::super::token::{Symbol, TokenKind};
use super::{Expected, Parse, Parser};

const STATEMENT: Expected = Expected::Kind("a statement");

impl Parser<'_> {
    /// The next statement with the `;` behind it; none at the end of the text.
    pub(in super::super) fn next_statement(&mut self) -> Option<Parse<Statement>> {
        self.begin_statement();
        while self.nth_is_symbol(0, Symbol::Semicolon) {
            self.bump();
            self.begin_statement();
        }
        if self.kind() == TokenKind::End {
            return None;
        }
        let result = self.whole_statement();
        if result.is_err() {
            self.skip_statement();
        }
        Some(result)
    }

    /// Forgets the tokens of the statement before; the lexer goes on where its last token ended.
    fn begin_statement(&mut self) {
        let offset = self.end();
        if self.at > 0 {
            self.lexer.seek(offset as usize);
        }
        self.tokens.clear();
        self.at = 0;
        self.expected.clear();
        self.expected_at = 0;
        self.nesting = 0;
        self.height = 0;
        self.parameters = 0;
    }

    /// A statement and its end.
    fn whole_statement(&mut self) -> Parse<Statement> {
        let statement = match self.client_statement() {
            Some(statement) => statement,
            None => self.statement()?,
        };
        if self.kind() != TokenKind::End {
            self.expect_symbol(Symbol::Semicolon)?;
        }
        Ok(statement)
    }

    /// Goes behind the `;` that ends a statement in which an error stood.
    fn skip_statement(&mut self) {
        // The semicolons within STATEMENT SET BEGIN … END do not end it.
        let in_set = self.tokens.get(..self.at).is_some_and(|taken| {
            taken.windows(3).any(|three| {
                let words = [K::STATEMENT, K::SET, K::BEGIN].map(TokenKind::Keyword);
                three.iter().map(|token| token.kind).eq(words)
            }) && !taken
                .iter()
                .any(|token| token.kind == TokenKind::Keyword(K::END) && token.span.end == self.end())
        });
        let mut after_end = false;
        loop {
            match self.bump().kind {
                TokenKind::End => return,
                TokenKind::Symbol(Symbol::Semicolon) if !in_set || after_end => return,
                kind => after_end = kind == TokenKind::Keyword(K::END),
            }
        }
    }

    /// What is not read by the grammar: `SET key = value` with bare words, `RESET key`, and the client's own commands.
    fn client_statement(&mut self) -> Option<Statement> {
        let first = self.nth(0);
        let rest = self.text.get(first.span.end as usize..)?;
        let (kind, length) = match first.kind {
            TokenKind::Keyword(K::SET) => {
                bare_set(rest).map(|(option, length)| (StatementKind::Set(Some(option)), length))?
            }
            TokenKind::Keyword(K::RESET) => {
                bare_reset(rest).map(|(key, length)| (StatementKind::Reset(Some(key)), length))?
            }
            TokenKind::Word => {
                let word = self.text_of(first.span);
                let command = match () {
                    () if word.eq_ignore_ascii_case("clear") => ClientCommand::Clear,
                    () if word.eq_ignore_ascii_case("help") => ClientCommand::Help,
                    () if word.eq_ignore_ascii_case("quit") || word.eq_ignore_ascii_case("exit") => {
                        ClientCommand::Quit
                    }
                    () => return None,
                };
                if !matches!(self.nth_kind(1), TokenKind::End | TokenKind::Symbol(Symbol::Semicolon)) {
                    return None;
                }
                (StatementKind::Client(command), 0)
            }
            _ => return None,
        };
        // The text behind the word was not read as tokens: the next ones come after it.
        self.bump();
        self.tokens.truncate(1);
        let end = first.span.end as usize + length;
        self.lexer.seek(end);
        Some(Statement { kind, span: lexer::span(first.span.start as usize, end) })
    }

    /// One statement, without the `;`.
    pub(super) fn statement(&mut self) -> Parse<Statement> {
        let start = self.start();
        let kind = self.statement_kind()?;
        Ok(Statement { kind, span: self.span_from(start) })
    }

    fn statement_kind(&mut self) -> Parse<StatementKind> {
        let first = self.kind();
        let TokenKind::Keyword(word) = first else {
            if first == TokenKind::Symbol(Symbol::LeftParen) {
                return self.query_statement();
            }
            self.want(STATEMENT);
            return self.unexpected();
        };
        let second = match self.nth_kind(1) {
            TokenKind::Keyword(second) => Some(second),
            _ => None,
        };
        match (word, second) {
            (K::SELECT | K::VALUES | K::VALUE | K::WITH | K::TABLE, _) => self.query_statement(),
            (K::INSERT | K::UPSERT, _) => Ok(StatementKind::Insert(Box::new(self.insert()?))),
            (K::UPDATE, _) => self.update(),
            (K::DELETE, _) => self.delete(),
            (K::MERGE, _) => self.merge(),
            (K::TRUNCATE, _) => {
                self.bump();
                self.expect(K::TABLE)?;
                Ok(StatementKind::Truncate(self.object_name()?))
            }
            (K::CREATE, _) => self.create(),
            (K::REPLACE, _) => {
                self.bump();
                let temporary = self.eat(K::TEMPORARY);
                self.create_table(CreateMode::Replace, temporary)
            }
            (K::ALTER, _) => self.alter(),
            (K::DROP, _) => self.drop_object(),
            (K::SHOW, _) => self.show(),
            (K::DESCRIBE | K::DESC, _) => self.describe(),
            (K::USE, _) => self.use_target(),
            (K::BEGIN, _) => {
                self.bump();
                self.expect_all(&[K::STATEMENT, K::SET])?;
                Ok(StatementKind::BeginStatementSet)
            }
            (K::END, _) => {
                self.bump();
                Ok(StatementKind::EndStatementSet)
            }
            (K::EXECUTE, _) => self.execute(),
            (K::EXPLAIN, _) => self.explain(),
            (K::COMPILE, _) => self.compile(),
            (K::LOAD, _) => {
                self.bump();
                self.expect(K::MODULE)?;
                let name = self.ident()?;
                let options = if self.eat(K::WITH) { self.options()? } else { Vec::new() };
                Ok(StatementKind::LoadModule { name, options })
            }
            (K::UNLOAD, _) => {
                self.bump();
                self.expect(K::MODULE)?;
                Ok(StatementKind::UnloadModule(self.ident()?))
            }
            (K::ADD | K::REMOVE, _) => {
                self.bump();
                self.expect(K::JAR)?;
                let path = self.plain_string()?;
                Ok(if word == K::ADD { StatementKind::AddJar(path) } else { StatementKind::RemoveJar(path) })
            }
            (K::SET, _) => {
                self.bump();
                if !self.at_string_literal() {
                    self.want(Expected::Kind("a string"));
                    return Ok(StatementKind::Set(None));
                }
                let key = self.string()?.value;
                self.expect_symbol(Symbol::Equal)?;
                let value = self.string()?.value;
                Ok(StatementKind::Set(Some(SetOption { key, value })))
            }
            (K::RESET, _) => {
                self.bump();
                if !self.at_string_literal() {
                    self.want(Expected::Kind("a string"));
                    return Ok(StatementKind::Reset(None));
                }
                Ok(StatementKind::Reset(Some(self.string()?.value)))
            }
            (K::STOP, _) => self.stop_job(),
            (K::ANALYZE, _) => self.analyze(),
            (K::CALL, _) => {
                self.bump();
                let name = self.object_name()?;
                let call = self.routine_call(name, super::context::Context::SubQuery)?;
                Ok(StatementKind::Call(*call))
            }
            _ => {
                self.want(STATEMENT);
                self.unexpected()
            }
        }
    }

    fn query_statement(&mut self) -> Parse<StatementKind> {
        self.query().map(|query| StatementKind::Query(Box::new(query)))
    }

    // SET and RESET of ALTER SESSION.

    /// `SYSTEM`/`SESSION` and `SET`/`RESET` behind ALTER.
    pub(super) fn alter_variable(&mut self) -> Parse<StatementKind> {
        let scope = if self.eat(K::SYSTEM) {
            VariableScope::System
        } else {
            self.expect(K::SESSION)?;
            VariableScope::Session
        };
        if self.eat(K::SET) {
            let name = self.object_name()?;
            self.expect_symbol(Symbol::Equal)?;
            let value = self.variable_value()?;
            return Ok(StatementKind::SetVariable { scope, name, value });
        }
        self.expect(K::RESET)?;
        let name = if self.eat(K::ALL) { None } else { Some(self.object_name()?) };
        Ok(StatementKind::ResetVariable { scope, name })
    }

    // EXECUTE, EXPLAIN, COMPILE.

    /// `STATEMENT SET BEGIN insert; … END`.
    fn statement_set(&mut self) -> Parse<Vec<Insert>> {
        self.expect_all(&[K::STATEMENT, K::SET, K::BEGIN])?;
        let mut inserts = Vec::new();
        loop {
            inserts.push(self.insert()?);
            self.expect_symbol(Symbol::Semicolon)?;
            if self.eat(K::END) {
                return Ok(inserts);
            }
            for word in [K::INSERT, K::UPSERT] {
                self.want(Expected::Keyword(word));
            }
        }
    }

    fn execute(&mut self) -> Parse<StatementKind> {
        self.bump();
        if self.nth_is(0, K::PLAN) {
            self.bump();
            return Ok(StatementKind::ExecutePlan(self.string()?));
        }
        if self.is(K::STATEMENT) {
            return Ok(StatementKind::StatementSet(self.statement_set()?));
        }
        Ok(StatementKind::Execute(Box::new(self.query_or_insert()?)))
    }

    fn query_or_insert(&mut self) -> Parse<Statement> {
        let start = self.start();
        let kind = if self.is(K::INSERT) || self.is(K::UPSERT) {
            StatementKind::Insert(Box::new(self.insert()?))
        } else {
            self.query_statement()?
        };
        Ok(Statement { kind, span: self.span_from(start) })
    }

    fn explain(&mut self) -> Parse<StatementKind> {
        self.bump();
        let mut details = Vec::new();
        if !self.eat_all(&[K::PLAN, K::FOR]) {
            let mut next = self.explain_detail();
            while let Some(detail) = next {
                let span = self.last_span();
                if details.contains(&detail) {
                    return self.refuse(span, format!("{} stands twice", self.text_of(span)), None);
                }
                details.push(detail);
                next = None;
                if self.eat_symbol(Symbol::Comma) {
                    next = self.explain_detail();
                    if next.is_none() {
                        return self.unexpected();
                    }
                }
            }
        }
        let start = self.start();
        let statement = match self.kind() {
            TokenKind::Keyword(K::STATEMENT) => {
                let kind = StatementKind::StatementSet(self.statement_set()?);
                Statement { kind, span: self.span_from(start) }
            }
            TokenKind::Keyword(K::CREATE | K::REPLACE) => {
                let statement = self.statement()?;
                let writes =
                    matches!(&statement.kind, StatementKind::CreateTable(table) if table.as_query.is_some());
                if !writes {
                    return self.refuse(
                        statement.span,
                        "EXPLAIN of a CREATE that runs no query",
                        Some("explain CREATE TABLE … AS query, or REPLACE TABLE … AS query"),
                    );
                }
                statement
            }
            _ => {
                for word in [K::STATEMENT, K::CREATE, K::REPLACE] {
                    self.want(Expected::Keyword(word));
                }
                self.query_or_insert()?
            }
        };
        Ok(StatementKind::Explain(Box::new(Explain { details, statement })))
    }

    fn explain_detail(&mut self) -> Option<ExplainDetail> {
        [
            (K::ESTIMATED_COST, ExplainDetail::EstimatedCost),
            (K::CHANGELOG_MODE, ExplainDetail::ChangelogMode),
            (K::JSON_EXECUTION_PLAN, ExplainDetail::JsonExecutionPlan),
            (K::PLAN_ADVICE, ExplainDetail::PlanAdvice),
        ]
        .into_iter()
        .find_map(|(word, detail)| self.eat(word).then_some(detail))
    }

    fn compile(&mut self) -> Parse<StatementKind> {
        self.bump();
        if self.eat(K::AND) {
            self.expect_all(&[K::EXECUTE, K::PLAN])?;
            let file = self.string()?;
            self.expect(K::FOR)?;
            let source = Box::new(self.plan_source()?);
            return Ok(StatementKind::CompileAndExecutePlan { file, source });
        }
        self.expect(K::PLAN)?;
        let file = self.string()?;
        let if_not_exists = self.if_not_exists();
        self.expect(K::FOR)?;
        let source = self.plan_source()?;
        Ok(StatementKind::CompilePlan(Box::new(CompilePlan { file, if_not_exists, source })))
    }

    fn plan_source(&mut self) -> Parse<PlanSource> {
        if self.is(K::STATEMENT) {
            return self.statement_set().map(PlanSource::StatementSet);
        }
        Ok(PlanSource::Insert(Box::new(self.insert()?)))
    }

    // DESCRIBE, USE, STOP JOB, ANALYZE.

    fn describe(&mut self) -> Parse<StatementKind> {
        let long = self.bump().kind == TokenKind::Keyword(K::DESCRIBE);
        let word = match self.kind() {
            TokenKind::Keyword(word) => Some(word),
            _ => None,
        };
        let target = match word {
            Some(K::CATALOG) => {
                self.bump();
                DescribeTarget::Catalog { extended: self.eat(K::EXTENDED), name: self.ident()? }
            }
            Some(K::DATABASE) => {
                self.bump();
                DescribeTarget::Database { extended: self.eat(K::EXTENDED), name: self.object_name()? }
            }
            Some(K::FUNCTION) => {
                self.bump();
                DescribeTarget::Function { extended: self.eat(K::EXTENDED), name: self.object_name()? }
            }
            Some(K::MODEL) => {
                self.bump();
                DescribeTarget::Model { extended: self.eat(K::EXTENDED), name: self.object_name()? }
            }
            Some(K::JOB) => {
                self.bump();
                DescribeTarget::Job(self.plain_string()?)
            }
            Some(K::TABLE) if long => {
                self.bump();
                let name = self.object_name()?;
                let column = if self.is_name() { Some(self.ident()?) } else { None };
                DescribeTarget::TableColumn { name, column }
            }
            Some(
                K::STATEMENT
                | K::SELECT
                | K::VALUES
                | K::VALUE
                | K::WITH
                | K::INSERT
                | K::UPSERT
                | K::UPDATE
                | K::DELETE
                | K::MERGE,
            ) if long => {
                self.eat(K::STATEMENT);
                DescribeTarget::Statement(Box::new(self.query_or_change()?))
            }
            None if long && self.nth_is_symbol(0, Symbol::LeftParen) => {
                DescribeTarget::Statement(Box::new(self.query_or_change()?))
            }
            _ => DescribeTarget::Table { extended: self.eat(K::EXTENDED), name: self.object_name()? },
        };
        Ok(StatementKind::Describe(target))
    }

    /// A query or a statement that writes.
    fn query_or_change(&mut self) -> Parse<Statement> {
        let start = self.start();
        let kind = match self.kind() {
            TokenKind::Keyword(K::UPDATE) => self.update()?,
            TokenKind::Keyword(K::DELETE) => self.delete()?,
            TokenKind::Keyword(K::MERGE) => self.merge()?,
            _ => return self.query_or_insert(),
        };
        Ok(Statement { kind, span: self.span_from(start) })
    }

    fn use_target(&mut self) -> Parse<StatementKind> {
        self.bump();
        let target = if self.eat(K::CATALOG) {
            UseTarget::Catalog(self.ident()?)
        } else if self.eat(K::MODULES) {
            UseTarget::Modules(self.comma_list(Self::ident)?)
        } else {
            UseTarget::Database(self.object_name()?)
        };
        Ok(StatementKind::Use(target))
    }

    fn stop_job(&mut self) -> Parse<StatementKind> {
        self.bump();
        self.expect(K::JOB)?;
        let id = self.plain_string()?;
        let with_savepoint = self.eat_all(&[K::WITH, K::SAVEPOINT]);
        let span = self.nth(0).span;
        let with_drain = self.eat_all(&[K::WITH, K::DRAIN]);
        if with_drain && !with_savepoint {
            return self.refuse(
                span,
                "WITH DRAIN without WITH SAVEPOINT",
                Some("write WITH SAVEPOINT WITH DRAIN"),
            );
        }
        Ok(StatementKind::StopJob { id, with_savepoint, with_drain })
    }

    fn analyze(&mut self) -> Parse<StatementKind> {
        self.bump();
        self.expect(K::TABLE)?;
        let table = self.object_name()?;
        let partition = if self.eat(K::PARTITION) { self.partition_spec(false)? } else { Vec::new() };
        self.expect_all(&[K::COMPUTE, K::STATISTICS])?;
        let columns = if !self.eat(K::FOR) {
            AnalyzeColumns::None
        } else if self.eat(K::ALL) {
            self.expect(K::COLUMNS)?;
            AnalyzeColumns::All
        } else {
            self.expect(K::COLUMNS)?;
            AnalyzeColumns::Listed(self.comma_list(Self::ident)?)
        };
        Ok(StatementKind::Analyze(Box::new(AnalyzeTable { table, partition, columns })))
    }

    // Parts of many statements.

    /// `IF EXISTS`.
    pub(super) fn if_exists(&mut self) -> bool {
        self.eat_all(&[K::IF, K::EXISTS])
    }

    /// `IF NOT EXISTS`.
    pub(super) fn if_not_exists(&mut self) -> bool {
        self.eat_all(&[K::IF, K::NOT, K::EXISTS])
    }
}

/// ` key = value`, ` key = 'value'` behind SET, with its length. The key has neither quotes nor blanks in it, a bare value neither blanks nor `;`.
fn bare_set(rest: &str) -> Option<(SetOption, usize)> {
    let body = rest.trim_start();
    if body.len() == rest.len() {
        return None;
    }
    // Of several `=` in one word the last one parts key and value.
    let word_end = body.find(|c: char| c.is_whitespace() || matches!(c, '\'' | ';')).unwrap_or(body.len());
    let (word, behind) = body.split_at(word_end);
    let (key, value) = match behind.trim_start().strip_prefix('=') {
        Some(value) => (word, value),
        None => (word.get(..word.rfind('=')?)?, body.get(word.rfind('=')? + 1..)?),
    };
    let value = value.trim_start();
    let (value, after) = match value.strip_prefix('\'') {
        Some(quoted) => quoted.split_once('\'')?,
        None => value.split_at(value.find(|c: char| c.is_whitespace() || c == ';').unwrap_or(value.len())),
    };
    let bare_and_empty = value.is_empty() && !body.contains('\'');
    if key.is_empty() || bare_and_empty {
        return None;
    }
    let option = SetOption { key: key.to_owned(), value: value.to_owned() };
    Some((option, rest.len() - after.len()))
}

/// ` key` behind RESET, with its length.
fn bare_reset(rest: &str) -> Option<(String, usize)> {
    let body = rest.trim_start();
    let end = body.find(|c: char| c.is_whitespace() || c == ';' || c == '\'').unwrap_or(body.len());
    let (key, after) = body.split_at(end);
    if key.is_empty()
        || body.len() == rest.len()
        || after.starts_with('\'')
        || key.starts_with("--")
        || key.starts_with("/*")
    {
        return None;
    }
    Some((key.to_owned(), rest.len() - after.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(rest: &str) -> Option<(String, String, usize)> {
        bare_set(rest).map(|(option, length)| (option.key, option.value, length))
    }

    #[test]
    fn set_takes_bare_words() {
        let some = |key: &str, value: &str, length| Some((key.to_owned(), value.to_owned(), length));
        assert_eq!(set(" a.b=c;"), some("a.b", "c", 6));
        assert_eq!(set(" a.b = c ;"), some("a.b", "c", 8));
        assert_eq!(set(" a = 'x;y' ;"), some("a", "x;y", 10));
        assert_eq!(set(" a='x'"), some("a", "x", 6));
        assert_eq!(set(" 'a' = 'b'"), None);
        assert_eq!(set(""), None);
        assert_eq!(set(";"), None);
        assert_eq!(set(" a"), None);
    }

    #[test]
    fn reset_takes_a_bare_word() {
        assert_eq!(bare_reset(" a.b ;"), Some(("a.b".to_owned(), 4)));
        assert_eq!(bare_reset(" 'a'"), None);
        assert_eq!(bare_reset(";"), None);
    }
}
