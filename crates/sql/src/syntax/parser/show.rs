//! SHOW.

use super::super::ast::{LikeFilter, ObjectName, ScopePreposition, Show, StatementKind};
use super::super::keyword::Keyword as K;
use super::super::token::TokenKind;
use super::{Expected, Parse, Parser};

type From = Option<(ScopePreposition, ObjectName)>;

impl Parser<'_> {
    pub(super) fn show(&mut self) -> Parse<StatementKind> {
        self.bump();
        let TokenKind::Keyword(word) = self.kind() else { return self.unknown_show() };
        let show = match word {
            K::CATALOGS => {
                self.bump();
                Show::Catalogs(self.like_filter(true)?)
            }
            K::CURRENT => {
                self.bump();
                if self.eat(K::CATALOG) {
                    Show::CurrentCatalog
                } else {
                    self.expect(K::DATABASE)?;
                    Show::CurrentDatabase
                }
            }
            K::DATABASES => {
                let (from, like) = self.scope(true)?;
                if let Some((_, name)) = &from
                    && name.as_simple().is_none()
                {
                    return self.refuse(
                        name.span(),
                        "databases stand in a catalog, whose name has one part",
                        None,
                    );
                }
                Show::Databases { from, like }
            }
            K::TABLES => {
                let (from, like) = self.scope(false)?;
                Show::Tables { from, like }
            }
            K::VIEWS => {
                let (from, like) = self.scope(false)?;
                Show::Views { from, like }
            }
            K::MODELS => {
                let (from, like) = self.scope(false)?;
                Show::Models { from, like }
            }
            K::PROCEDURES => {
                let (from, like) = self.scope(true)?;
                Show::Procedures { from, like }
            }
            K::USER | K::FUNCTIONS => {
                let user = self.eat(K::USER);
                if !self.is(K::FUNCTIONS) {
                    return self.unexpected();
                }
                let (from, like) = self.scope(true)?;
                Show::Functions { user, from, like }
            }
            K::COLUMNS => {
                self.bump();
                match self.scope_name()? {
                    Some(from) => Show::Columns { from, like: self.like_filter(false)? },
                    None => return self.unexpected(),
                }
            }
            K::PARTITIONS => {
                self.bump();
                let table = self.object_name()?;
                let partition = if self.eat(K::PARTITION) { self.partition_spec(true)? } else { Vec::new() };
                Show::Partitions { table, partition }
            }
            K::FULL | K::MODULES => {
                let full = self.eat(K::FULL);
                self.expect(K::MODULES)?;
                Show::Modules { full }
            }
            K::JARS => {
                self.bump();
                Show::Jars
            }
            K::JOBS => {
                self.bump();
                Show::Jobs
            }
            K::CREATE => {
                self.bump();
                self.show_create()?
            }
            _ => return self.unknown_show(),
        };
        Ok(StatementKind::Show(show))
    }

    fn unknown_show<T>(&mut self) -> Parse<T> {
        for word in [
            K::CATALOGS,
            K::COLUMNS,
            K::CREATE,
            K::CURRENT,
            K::DATABASES,
            K::FUNCTIONS,
            K::JARS,
            K::JOBS,
            K::MODELS,
            K::MODULES,
            K::PARTITIONS,
            K::PROCEDURES,
            K::TABLES,
            K::VIEWS,
        ] {
            self.want(Expected::Keyword(word));
        }
        self.unexpected()
    }

    fn show_create(&mut self) -> Parse<Show> {
        if self.eat(K::TABLE) {
            self.object_name().map(Show::CreateTable)
        } else if self.eat(K::VIEW) {
            self.object_name().map(Show::CreateView)
        } else if self.eat(K::MODEL) {
            self.object_name().map(Show::CreateModel)
        } else if self.eat(K::CATALOG) {
            self.ident().map(Show::CreateCatalog)
        } else {
            self.unexpected()
        }
    }

    /// The word just before, then `[FROM x] [LIKE '…']`.
    fn scope(&mut self, ilike: bool) -> Parse<(From, Option<LikeFilter>)> {
        self.bump();
        Ok((self.scope_name()?, self.like_filter(ilike)?))
    }

    fn scope_name(&mut self) -> Parse<From> {
        let preposition = if self.eat(K::FROM) {
            ScopePreposition::From
        } else if self.eat(K::IN) {
            ScopePreposition::In
        } else {
            return Ok(None);
        };
        Ok(Some((preposition, self.object_name()?)))
    }

    fn like_filter(&mut self, ilike: bool) -> Parse<Option<LikeFilter>> {
        let negated = self.eat(K::NOT);
        let case_insensitive = ilike && self.eat(K::ILIKE);
        if !case_insensitive && !self.eat(K::LIKE) {
            return if negated { self.unexpected() } else { Ok(None) };
        }
        let pattern = self.plain_string()?;
        Ok(Some(LikeFilter { negated, case_insensitive, pattern }))
    }
}
