//! `test`: no manager, but values that can be foretold (secrets-and-hooks §5.10).

use dhow_redaction::Secret;

use super::{Client, Desk, FetchError, PasswordManager};
use crate::{FetchRequest, Fetched};

/// Answers each name with itself, backwards.
pub(super) struct Reversing;

impl PasswordManager for Reversing {
    fn client(&self) -> Option<Client> {
        None
    }

    fn needs_account(&self) -> bool {
        true
    }

    fn read(
        &self,
        _: &Desk<'_>,
        request: &FetchRequest,
        _: Option<&Secret>,
    ) -> Result<Fetched, FetchError> {
        let mut fetched = Fetched::default();
        for name in request.prefixed_names() {
            let text = name.replace("LPAREN", "(").replace("RPAREN", ")");
            let value: String = text.chars().rev().collect();
            fetched.set(name, Some(Secret::new(value)));
        }
        Ok(fetched)
    }
}
