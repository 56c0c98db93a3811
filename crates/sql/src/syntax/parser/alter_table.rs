//! ALTER TABLE.

use super::super::ast::{AlterElement, AlterTable, AlterTableAction, ColumnPosition, StatementKind};
use super::super::keyword::Keyword as K;
use super::super::token::Symbol;
use super::{Parse, Parser};

impl Parser<'_> {
    /// `TABLE …` behind ALTER.
    pub(super) fn alter_table(&mut self) -> Parse<StatementKind> {
        self.expect(K::TABLE)?;
        let if_exists = self.if_exists();
        let name = self.object_name()?;
        let action = if self.eat(K::RENAME) {
            self.alter_rename()?
        } else if self.eat(K::SET) {
            AlterTableAction::SetOptions(self.options()?)
        } else if self.eat(K::RESET) {
            AlterTableAction::ResetOptions(self.option_keys()?)
        } else if self.eat(K::ADD) {
            if self.nth_is(0, K::PARTITION) || self.nth_is(0, K::IF) && self.nth_is(1, K::NOT) {
                self.add_partitions()?
            } else {
                AlterTableAction::Add(self.alter_elements()?)
            }
        } else if self.eat(K::MODIFY) {
            AlterTableAction::Modify(self.alter_elements()?)
        } else if self.eat(K::DROP) {
            self.alter_drop()?
        } else {
            return self.unexpected();
        };
        Ok(StatementKind::AlterTable(Box::new(AlterTable { if_exists, name, action })))
    }

    fn alter_rename(&mut self) -> Parse<AlterTableAction> {
        if self.eat(K::TO) {
            return self.object_name().map(AlterTableAction::Rename);
        }
        let from = self.object_name()?;
        self.expect(K::TO)?;
        Ok(AlterTableAction::RenameColumn { from, to: self.object_name()? })
    }

    fn add_partitions(&mut self) -> Parse<AlterTableAction> {
        let if_not_exists = self.if_not_exists();
        let mut partitions = Vec::new();
        self.expect(K::PARTITION)?;
        loop {
            let partition = self.partition_spec(true)?;
            let options = if self.eat(K::WITH) { self.options()? } else { Vec::new() };
            partitions.push((partition, options));
            if !self.eat(K::PARTITION) {
                return Ok(AlterTableAction::AddPartitions { if_not_exists, partitions });
            }
        }
    }

    fn alter_elements(&mut self) -> Parse<Vec<AlterElement>> {
        let mut watermarks = 0;
        if self.is_symbol(Symbol::LeftParen) {
            return self.parenthesized_list(|p| p.alter_element(&mut watermarks));
        }
        Ok(vec![self.alter_element(&mut watermarks)?])
    }

    fn alter_element(&mut self, watermarks: &mut usize) -> Parse<AlterElement> {
        if let Some(constraint) = self.table_constraint()? {
            return Ok(AlterElement::Constraint(constraint));
        }
        if let Some(watermark) = self.watermark(watermarks)? {
            return Ok(AlterElement::Watermark(watermark));
        }
        if self.eat(K::DISTRIBUTION) {
            return self.distribution().map(AlterElement::Distribution);
        }
        let column = self.column()?;
        let position = if self.eat(K::FIRST) {
            Some(ColumnPosition::First)
        } else if self.eat(K::AFTER) {
            Some(ColumnPosition::After(self.object_name()?))
        } else {
            None
        };
        Ok(AlterElement::Column { column, position })
    }

    fn alter_drop(&mut self) -> Parse<AlterTableAction> {
        if self.nth_is(0, K::PARTITION) || (self.nth_is(0, K::IF) && self.nth_is(1, K::EXISTS)) {
            let if_exists = self.if_exists();
            self.expect(K::PARTITION)?;
            let mut partitions = vec![self.partition_spec(true)?];
            while self.eat_symbol(Symbol::Comma) {
                self.expect(K::PARTITION)?;
                partitions.push(self.partition_spec(true)?);
            }
            return Ok(AlterTableAction::DropPartitions { if_exists, partitions });
        }
        if self.eat(K::PRIMARY) {
            self.expect(K::KEY)?;
            return Ok(AlterTableAction::DropPrimaryKey);
        }
        if self.eat(K::CONSTRAINT) {
            return self.ident().map(AlterTableAction::DropConstraint);
        }
        if self.eat(K::WATERMARK) {
            return Ok(AlterTableAction::DropWatermark);
        }
        if self.eat(K::DISTRIBUTION) {
            return Ok(AlterTableAction::DropDistribution);
        }
        if self.is_symbol(Symbol::LeftParen) {
            return self.parenthesized_list(Self::object_name).map(AlterTableAction::DropColumns);
        }
        Ok(AlterTableAction::DropColumns(vec![self.object_name()?]))
    }
}
