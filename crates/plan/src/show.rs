//! A plan as a person reads it; `{:#}` shows the bookkeeping too.

use std::fmt;

use crate::plan::{Block, HostWork, LocalWork, Phase, Plan, Start, Work};

impl fmt::Display for Plan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for phase in &self.phases {
            fmt::Display::fmt(phase, formatter)?;
        }
        Ok(())
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", self.title)?;
        match &self.work {
            Work::Local(LocalWork::Hook(_) | LocalWork::Build | LocalWork::Wait(_)) => Ok(()),
            Work::Hosts(hosts) => hosts
                .iter()
                .try_for_each(|work| fmt::Display::fmt(work, formatter)),
        }
    }
}

impl fmt::Display for HostWork {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "  {}", self.host)?;
        if let Some(port) = self.registry_port {
            write!(
                formatter,
                ", whose port {port} leads to this machine's registry"
            )?;
        }
        match &self.start {
            Start::AtOnce => writeln!(formatter)?,
            Start::WhenHealthy(role) => {
                writeln!(formatter, " (when the first {role} container is healthy)")?;
            }
        }
        self.blocks
            .iter()
            .try_for_each(|block| fmt::Display::fmt(block, formatter))
    }
}

impl fmt::Display for Block {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let everything = formatter.alternate();
        for step in self
            .steps
            .iter()
            .filter(|step| everything || !step.bookkeeping)
        {
            let first_line = step.command.to_string();
            let more = first_line.lines().count() > 1;
            let line = first_line.lines().next().unwrap_or_default();
            writeln!(formatter, "    {}", step.title)?;
            writeln!(formatter, "      $ {line}{}", if more { " …" } else { "" })?;
        }
        Ok(())
    }
}
