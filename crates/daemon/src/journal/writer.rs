//! The one thread that has the journal's file open, and gathers what is to be written.
//!
//! A commit waits for the disk, a millisecond or more. What arrives meanwhile is committed together
//! the next time, so that the disk sets no limit on how many transactions a second are kept. Whoever
//! handed something in is answered after the commit it was in, and not before.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use kms_crypto::seal::{Aad, SealKey};
use rusqlite::{Connection, params};
use tokio::sync::oneshot;

use super::JournalError;
use super::mark::Mark;
use crate::status::Status;

/// The most that is committed together.
const LARGEST_GROUP: usize = 512;

/// The way to the thread. Dropping it waits until everything that was handed in is done.
pub(super) struct Writer {
    jobs: Option<Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
    path: PathBuf,
}

/// An answer to come.
pub(super) struct Answer<T> {
    receiver: oneshot::Receiver<Result<T, JournalError>>,
    path: PathBuf,
}

impl<T> Answer<T> {
    /// Waits for it.
    pub(super) async fn get(self) -> Result<T, JournalError> {
        let gone = || JournalError::Ended { path: self.path };
        self.receiver.await.unwrap_or_else(|_| Err(gone()))
    }

    /// Waits for it, outside of any runtime.
    pub(super) fn get_blocking(self) -> Result<T, JournalError> {
        let gone = || JournalError::Ended { path: self.path };
        self.receiver.blocking_recv().unwrap_or_else(|_| Err(gone()))
    }
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(file: File, status: Option<Arc<Status>>) -> Result<Self, JournalError> {
        let (jobs, receiver) = channel();
        let path = file.path.clone();
        let thread = std::thread::Builder::new().name("journal".to_owned());
        let thread = thread
            .spawn(move || file.work(&receiver, status.as_deref()))
            .map_err(JournalError::Path)?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread), path })
    }

    /// Hands in a question.
    pub(super) fn read<T: Send + 'static>(
        &self,
        run: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Answer<T> {
        self.submit(false, run)
    }

    /// Hands in a change. The answer comes when it is on disk.
    pub(super) fn write<T: Send + 'static>(
        &self,
        run: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Answer<T> {
        self.submit(true, run)
    }

    fn submit<T: Send + 'static>(
        &self,
        writes: bool,
        run: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Answer<T> {
        let (reply, receiver) = oneshot::channel();
        let path = self.path.clone();
        let job = Work { writes, run: Some(run), result: None, reply, path: path.clone() };
        if let Some(jobs) = &self.jobs {
            // Fails if the thread is gone, and then the answer says so.
            let _ = jobs.send(Box::new(job));
        }
        Answer { receiver, path }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A panic in there has been shown already.
            let _ = thread.join();
        }
    }
}

/// Something to be done with the file.
trait Job: Send {
    fn writes(&self) -> bool;
    fn run(&mut self, connection: &Connection);
    fn answer(self: Box<Self>, group: Result<(), &str>);
}

struct Work<T, F> {
    writes: bool,
    run: Option<F>,
    result: Option<rusqlite::Result<T>>,
    reply: oneshot::Sender<Result<T, JournalError>>,
    path: PathBuf,
}

impl<T: Send, F: FnOnce(&Connection) -> rusqlite::Result<T> + Send> Job for Work<T, F> {
    fn writes(&self) -> bool {
        self.writes
    }

    fn run(&mut self, connection: &Connection) {
        self.result = self.run.take().map(|run| run(connection));
    }

    fn answer(self: Box<Self>, group: Result<(), &str>) {
        let path = self.path;
        let answer = match (group, self.result) {
            (Ok(()), Some(result)) => result.map_err(|source| JournalError::sqlite(path, source)),
            (Err(words), _) => Err(JournalError::Commit { path, reason: words.to_owned() }),
            (Ok(()), None) => Err(JournalError::Ended { path }),
        };
        // Nobody may be waiting any more.
        let _ = self.reply.send(answer);
    }
}

/// The open file, in the hands of the thread.
pub(super) struct File {
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
    pub(super) mark: Mark,
    /// Authenticates the counter.
    pub(super) key: SealKey,
    pub(super) id: [u8; 16],
}

impl File {
    fn work(mut self, jobs: &Receiver<Box<dyn Job>>, status: Option<&Status>) {
        while let Ok(first) = jobs.recv() {
            let mut group = vec![first];
            while group.len() < LARGEST_GROUP {
                let Ok(next) = jobs.try_recv() else { break };
                group.push(next);
            }
            self.settle(group, status);
        }
        self.mark.close();
    }

    fn settle(&mut self, group: Vec<Box<dyn Job>>, status: Option<&Status>) {
        if !group.iter().any(|job| job.writes()) {
            group.into_iter().for_each(|job| self.answer_question(job));
            return;
        }
        let mut written = Vec::with_capacity(group.len());
        let result = self.commit(group, &mut written);
        let words = result.as_ref().err().map(ToString::to_string);
        let writes = written.len();
        for job in written {
            job.answer(words.as_deref().map_or(Ok(()), Err));
        }
        // After the answers: the mark may be behind the journal, but never ahead of it.
        if let Ok(counter) = result {
            self.mark.note(&self.id, counter);
            if let Some(status) = status {
                status.wrote(u64::try_from(writes).unwrap_or(u64::MAX));
            }
        }
    }

    /// Does everything in `group` in one transaction; returns the journal's counter after it. Questions
    /// are answered at once, in their turn: they see what was handed in before them, and if that can't be
    /// committed nothing is signed any more.
    fn commit(
        &self,
        group: Vec<Box<dyn Job>>,
        written: &mut Vec<Box<dyn Job>>,
    ) -> rusqlite::Result<u64> {
        let begun = self.connection.execute_batch("BEGIN IMMEDIATE");
        for mut job in group {
            if !job.writes() {
                self.answer_question(job);
                continue;
            }
            if begun.is_ok() {
                job.run(&self.connection);
            }
            written.push(job);
        }
        begun?;
        let counter = self.count().and_then(|counter| {
            self.connection.execute_batch("COMMIT")?;
            Ok(counter)
        });
        if counter.is_err() {
            // An error that SQLite has rolled back for already makes this one fail, which is as well.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        counter
    }

    fn answer_question(&self, mut job: Box<dyn Job>) {
        job.run(&self.connection);
        job.answer(Ok(()));
    }

    fn count(&self) -> rusqlite::Result<u64> {
        let sql = "UPDATE journal SET counter = counter + 1 RETURNING counter";
        let counter: i64 = self.connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
        let proof = self.key.mac(&counter_fields(&self.id, counter));
        let mut statement = self.connection.prepare_cached("UPDATE journal SET counted = ?1")?;
        statement.execute(params![proof])?;
        Ok(u64::try_from(counter).unwrap_or_default())
    }
}

/// What the proof of a counter is made of.
pub(super) fn counter_fields(id: &[u8; 16], counter: i64) -> Aad {
    Aad::new("tatum-kms journal counter").field(id).number(counter)
}

impl JournalError {
    pub(super) fn sqlite(path: impl AsRef<Path>, source: rusqlite::Error) -> Self {
        let path = path.as_ref().to_owned();
        Self::File(kms_keystore::sqlite::SqliteError::Sqlite { path, source })
    }
}

#[cfg(test)]
mod tests {
    use kms_keystore::sqlite::create_hardened;

    use super::super::tables::{BUSY, PROFILE};
    use super::*;

    const ID: [u8; 16] = [9; 16];

    fn key() -> SealKey {
        SealKey::init_with_mut(|key| key.fill(1))
    }

    fn writer(directory: &Path, status: &Arc<Status>) -> Writer {
        let path = directory.join("journal");
        let connection = create_hardened(&path, &PROFILE, BUSY, |connection| {
            let sql = "INSERT INTO journal VALUES (1, x'', x'', x'', ?1, 0, x'')";
            connection.execute(sql, [ID]).map(drop)
        })
        .unwrap();
        let mark = Mark::open(&directory.join("mark"), &key(), ID).unwrap();
        let file = File { connection, path, mark, key: key(), id: ID };
        Writer::start(file, Some(status.clone())).unwrap()
    }

    fn count(connection: &Connection) -> rusqlite::Result<i64> {
        connection.query_row("SELECT counter FROM journal", [], |row| row.get(0))
    }

    #[test]
    fn what_arrives_during_a_commit_is_committed_together() {
        let directory = tempfile::tempdir().unwrap();
        let status = Arc::new(Status::default());
        let writer = writer(directory.path(), &status);
        let ((begin, begun), (end, ended)) = (channel(), channel());
        let slow = writer.write(move |_| {
            begin.send(()).unwrap();
            ended.recv().unwrap();
            Ok(())
        });
        begun.recv().unwrap();
        let many: Vec<_> = (0..LARGEST_GROUP).map(|_| writer.write(count)).collect();
        let last = writer.write(count);
        end.send(()).unwrap();

        slow.get_blocking().unwrap();
        for one in many {
            assert_eq!(one.get_blocking().unwrap(), 1, "one group has been counted before");
        }
        assert_eq!(last.get_blocking().unwrap(), 2, "a group has room for {LARGEST_GROUP}");
        drop(writer);
        assert_eq!(status.journal_writes(), (LARGEST_GROUP as u64 + 2, 3));
    }

    #[test]
    fn a_change_that_is_refused_spoils_no_other() {
        let directory = tempfile::tempdir().unwrap();
        let writer = writer(directory.path(), &Arc::default());
        let refused = writer.write(|connection| connection.execute("INSERT INTO nothing", []));
        let kept =
            writer.write(|connection| connection.execute("UPDATE journal SET salt = x'01'", []));
        assert!(matches!(refused.get_blocking(), Err(JournalError::File(_))));
        assert_eq!(kept.get_blocking().unwrap(), 1);
        let read = writer.read(|connection| {
            connection.query_row("SELECT salt FROM journal", [], |row| row.get::<_, Vec<u8>>(0))
        });
        assert_eq!(read.get_blocking().unwrap(), [1]);
    }
}
