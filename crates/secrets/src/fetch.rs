//! Asks password managers: each source once per run, several at a time, and one log-in at a time.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use dhow_redaction::Secret;

use crate::{
    Adapter, CommandRunner, FetchError, Fetched,
    adapters::{Desk, Session},
};

/// So many sources are read at the same time; a password manager would refuse a crowd.
const AT_ONCE: usize = 8;

/// What is to be fetched and from where: the words of `secrets fetch` (secrets-and-hooks §4).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FetchRequest {
    pub(crate) adapter: Adapter,
    pub(crate) account: Option<String>,
    pub(crate) from: Option<String>,
    pub(crate) names: Vec<String>,
}

impl fmt::Debug for FetchRequest {
    /// The adapter only: the words may come from variables of a secrets file.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("FetchRequest")
            .field("adapter", &self.adapter)
            .finish_non_exhaustive()
    }
}

/// Words of `secrets fetch` that make no request. The texts are Kamal's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// No `--adapter`.
    #[error("No value provided for required options '--adapter'")]
    NoAdapter,
    /// There is no such adapter.
    #[error("Unknown secrets adapter: {0}{hint}", hint = Adapter::hint(.0))]
    UnknownAdapter(String),
    /// No `--account`, and the adapter needs one.
    #[error("No value provided for required options '--account'")]
    NoAccount,
}

impl FetchRequest {
    /// Checks the words. `from` is put before each name.
    pub fn new(
        adapter: Option<&str>,
        account: Option<String>,
        from: Option<String>,
        names: Vec<String>,
    ) -> Result<Self, RequestError> {
        let adapter: Adapter = adapter
            .filter(|name| !name.is_empty())
            .ok_or(RequestError::NoAdapter)?
            .parse()?;
        let account = account.filter(|account| !account.trim().is_empty());
        if account.is_none() && adapter.needs_account() {
            return Err(RequestError::NoAccount);
        }
        Ok(Self {
            adapter,
            account,
            from,
            names,
        })
    }

    /// The names with `--from` before them.
    pub(crate) fn prefixed_names(&self) -> Vec<String> {
        let prefixed = |name: &String| match &self.from {
            Some(from) => format!("{from}/{name}"),
            None => name.clone(),
        };
        self.names.iter().map(prefixed).collect()
    }

    /// The account, or empty text for an adapter that needs none.
    pub(crate) fn account(&self) -> &str {
        self.account.as_deref().unwrap_or_default()
    }
}

/// Whom somebody logged in to, and as who.
type Door = (Adapter, Option<String>);

/// Fetches, and remembers what it fetched.
pub struct Fetcher<'run> {
    desk: Desk<'run>,
    /// Held while a password manager may ask a person something, so that two never ask at once.
    log_ins: Mutex<BTreeMap<Door, Result<Session, FetchError>>>,
    results: BTreeMap<FetchRequest, Result<Fetched, FetchError>>,
}

impl fmt::Debug for Fetcher<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Fetcher").finish_non_exhaustive()
    }
}

impl<'run> Fetcher<'run> {
    /// Calls the managers' programs with `runner`; `environment` is that of dhow.
    pub fn new(
        runner: &'run dyn CommandRunner,
        environment: &'run BTreeMap<String, String>,
    ) -> Self {
        Self {
            desk: Desk {
                runner,
                environment,
            },
            log_ins: Mutex::default(),
            results: BTreeMap::new(),
        }
    }

    /// The answer to one request, from memory when it was asked before.
    pub fn fetch(&mut self, request: &FetchRequest) -> Result<Fetched, FetchError> {
        self.fetch_all(std::slice::from_ref(request));
        self.results[request].clone()
    }

    /// Every value that was fetched so far.
    pub(crate) fn values(&self) -> impl Iterator<Item = &Secret> {
        let fetched = self.results.values().flatten();
        fetched.flat_map(|one| one.iter().filter_map(|(_, value)| value))
    }

    /// Asks all requests that were not asked before at the same time, and keeps the answers.
    pub(crate) fn fetch_all(&mut self, requests: &[FetchRequest]) {
        let mut new: Vec<&FetchRequest> = requests.iter().collect();
        new.retain(|request| !self.results.contains_key(request));
        new.sort_unstable();
        new.dedup();
        for requests in new.chunks(AT_ONCE) {
            let this = &*self;
            let answers: Vec<_> = std::thread::scope(|scope| {
                let asked: Vec<_> = requests
                    .iter()
                    .map(|request| scope.spawn(move || this.ask(request)))
                    .collect();
                asked
                    .into_iter()
                    .map(|thread| thread.join().unwrap_or(Err(FetchError::Crashed)))
                    .collect()
            });
            let asked = requests.iter().map(|request| (*request).clone());
            self.results.extend(asked.zip(answers));
        }
    }

    fn ask(&self, request: &FetchRequest) -> Result<Fetched, FetchError> {
        let manager = request.adapter.manager();
        let mut log_ins = lock(&self.log_ins);
        let session = log_ins
            .entry((request.adapter, request.account.clone()))
            .or_insert_with(|| self.log_in(request))
            .clone()?;
        // Kept until the end for a manager whose program may ask in the middle of reading.
        let _turn = manager.asks_while_reading().then_some(log_ins);
        manager.read(&self.desk, request, session.as_ref())
    }

    fn log_in(&self, request: &FetchRequest) -> Result<Session, FetchError> {
        let manager = request.adapter.manager();
        if let Some(client) = manager.client() {
            self.desk.check(&client)?;
        }
        manager.log_in(&self.desk, request.account())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
