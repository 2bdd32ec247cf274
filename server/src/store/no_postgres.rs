//! In place of a store on a PostgreSQL server, where that is left out: nobody has one.

use std::convert::Infallible;

use jiff::Timestamp;

use super::sql::Connection;
use super::{Head, StoreError};
use crate::journal::Entry;

/// No server.
#[derive(Clone, Debug)]
pub(super) enum Postgres {}

/// No transaction.
#[derive(Debug)]
pub(super) enum Begun {}

/// No news. What is in it is nobody else's business, so that nobody is told that they can't have one.
#[derive(Debug)]
pub(super) struct News(Infallible);

impl Postgres {
    pub(super) async fn begin(&self, _: Option<&str>) -> Result<(Begun, Option<Head>), StoreError> {
        match *self {}
    }

    pub(super) async fn look(&self, _: Option<&str>) -> Result<(Begun, Option<Head>), StoreError> {
        match *self {}
    }

    pub(super) async fn heads(&self, _: &[&str]) -> Result<Vec<Head>, StoreError> {
        match *self {}
    }

    pub(super) async fn dues(&self) -> Result<Vec<(Head, Option<Timestamp>)>, StoreError> {
        match *self {}
    }

    pub(super) async fn append(&self, _: &Head, _: &[Entry], _: usize) -> Result<(), StoreError> {
        match *self {}
    }

    pub(super) async fn records(&self, _: &Head, _: u64, _: usize) -> Result<Vec<Entry>, StoreError> {
        match *self {}
    }

    pub(super) fn announce(&self, _: &str) {
        match *self {}
    }

    pub(super) fn news(&self) -> News {
        match *self {}
    }

    pub(super) async fn close(&self) {
        match *self {}
    }
}

impl Begun {
    pub(super) fn on(&mut self) -> Connection<'_> {
        match *self {}
    }

    pub(super) async fn append(&mut self, _: &Head, _: &[Entry]) -> Result<(), StoreError> {
        match *self {}
    }

    pub(super) async fn commit(self) -> Result<(), StoreError> {
        match self {}
    }
}

impl News {
    pub(super) async fn next(&mut self) -> Vec<String> {
        match self.0 {}
    }

    pub(super) fn lost(&mut self) {
        match self.0 {}
    }
}
