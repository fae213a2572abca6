//! The pages the proxy answers with itself, and the ones a service brings along (kamal-proxy §7).

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use hyper::StatusCode;

/// Where a page of the service's own takes the stop message.
const MESSAGE_MARKS: [&str; 2] = ["{{ .Message }}", "{{.Message}}"];

/// The pages a service brought along, by status code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ErrorPages(BTreeMap<u16, String>);

/// Why a service's pages cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ErrorPagesError {
    /// The directory, or a file in it, cannot be read.
    #[error("could not read {path}")]
    Unreadable {
        /// What was read.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// There is no page in the directory.
    #[error("no *.html file in {0}")]
    Empty(PathBuf),
    /// A page has a template action other than `{{ .Message }}`.
    #[error("only {{{{ .Message }}}} is known in {0}")]
    UnknownAction(PathBuf),
}

impl ErrorPages {
    /// Reads `<code>.html` files from a directory.
    pub fn load(directory: &Path) -> Result<Self, ErrorPagesError> {
        let unreadable = |source| ErrorPagesError::Unreadable {
            path: directory.to_owned(),
            source,
        };
        let mut pages = BTreeMap::new();
        let mut found = false;
        for entry in std::fs::read_dir(directory).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.extension().is_none_or(|extension| extension != "html") {
                continue;
            }
            found = true;
            let text = read_page(&path)?;
            if let Some(code) = path
                .file_stem()
                .and_then(|stem| stem.to_str()?.parse().ok())
            {
                pages.insert(code, text);
            }
        }
        if !found {
            return Err(ErrorPagesError::Empty(directory.to_owned()));
        }
        Ok(Self(pages))
    }

    /// The page for a status, the service's own where it has one. The message is escaped.
    pub fn render(&self, status: StatusCode, message: &str) -> String {
        match self.0.get(&status.as_u16()) {
            Some(page) => MESSAGE_MARKS.iter().fold(page.clone(), |page, mark| {
                page.replace(mark, &escape(message))
            }),
            None => built_in(status, message),
        }
    }
}

fn read_page(path: &Path) -> Result<String, ErrorPagesError> {
    let text = std::fs::read_to_string(path).map_err(|source| ErrorPagesError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    let rest = MESSAGE_MARKS
        .iter()
        .fold(text.clone(), |text, mark| text.replace(mark, ""));
    if rest.contains("{{") {
        return Err(ErrorPagesError::UnknownAction(path.to_owned()));
    }
    Ok(text)
}

fn built_in(status: StatusCode, message: &str) -> String {
    let reason = status.canonical_reason().unwrap_or("Error");
    let code = status.as_str();
    let text = if message.is_empty() {
        explanation(status)
    } else {
        &escape(message)
    };
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{code} {reason}</title>\n\
         <style>body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1rem;\
         color:#333}}h1{{font-size:1.4rem}}</style></head>\n\
         <body><h1>{code} {reason}</h1><p>{text}</p></body>\n</html>\n"
    )
}

fn explanation(status: StatusCode) -> &'static str {
    match status.as_u16() {
        404 => "There is nothing at this address.",
        413 => "What was sent is larger than this service accepts.",
        502 => "The application did not give a valid answer.",
        503 => "The service is not available at the moment. Please try again shortly.",
        504 => "The application took too long to answer.",
        _ => "The request could not be answered.",
    }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&#34;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_escaped() {
        let page =
            ErrorPages::default().render(StatusCode::SERVICE_UNAVAILABLE, "back <b>soon</b>");
        assert!(page.contains("back &lt;b&gt;soon&lt;/b&gt;"), "{page}");
        assert!(page.contains("503 Service Unavailable"), "{page}");
    }

    #[test]
    fn a_service_brings_its_own_pages() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("503.html"), "closed: {{ .Message }}").unwrap();
        let pages = ErrorPages::load(directory.path()).unwrap();
        assert_eq!(
            pages.render(StatusCode::SERVICE_UNAVAILABLE, "<x>"),
            "closed: &lt;x&gt;"
        );
        assert!(
            pages
                .render(StatusCode::BAD_GATEWAY, "")
                .contains("502 Bad Gateway")
        );
    }

    #[test]
    fn pages_that_would_show_wrong_are_refused() {
        let directory = tempfile::tempdir().unwrap();
        assert!(matches!(
            ErrorPages::load(directory.path()),
            Err(ErrorPagesError::Empty(_))
        ));
        std::fs::write(
            directory.path().join("503.html"),
            "{{ if .Message }}x{{ end }}",
        )
        .unwrap();
        assert!(matches!(
            ErrorPages::load(directory.path()),
            Err(ErrorPagesError::UnknownAction(_))
        ));
        let missing = directory.path().join("missing");
        assert!(matches!(
            ErrorPages::load(&missing),
            Err(ErrorPagesError::Unreadable { .. })
        ));
    }
}
