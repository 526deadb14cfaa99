//! Blobs: two generations, all or nothing.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use store::{BlobKind, Store, StoreError};

use crate::common::{Done, Place, at, on_both};

on_both!(
    two_generations_are_kept,
    a_failed_write_leaves_the_old_generation,
    a_writer_dropped_leaves_the_old_generation,
    sizes_around_chunks_come_back_as_they_were,
    a_reader_keeps_what_it_reads,
    erased_blobs_are_gone
);

const NAME: &str = "edlevo";

async fn read(store: &Store) -> Result<Option<Vec<u8>>, Box<dyn std::error::Error>> {
    let Some(mut reader) = store.open_blob(BlobKind::Snapshot, NAME).await? else {
        return Ok(None);
    };
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

async fn put(store: &Store, mut bytes: &[u8]) -> Result<i64, StoreError> {
    Ok(store.put_blob(BlobKind::Snapshot, NAME, at(0), &mut bytes).await?.generation)
}

async fn two_generations_are_kept(place: &Place) -> Done {
    let store = place.open().await?;
    assert_eq!(read(&store).await?, None);
    for text in ["one", "two", "three"] {
        put(&store, text.as_bytes()).await?;
        assert_eq!(read(&store).await?.as_deref(), Some(text.as_bytes()));
    }
    let kept = store.blob_generations(BlobKind::Snapshot, NAME).await?;
    assert_eq!(
        kept.iter().map(|info| (info.generation, info.size)).collect::<Vec<_>>(),
        [(3, 5), (2, 3)]
    );
    let mut older = String::new();
    store.open_generation(BlobKind::Snapshot, NAME, 2)?.read_to_string(&mut older)?;
    assert_eq!(older, "two");
    assert!(
        store.open_generation(BlobKind::Snapshot, NAME, 1)?.read_to_string(&mut older).is_err()
    );
    Ok(())
}

/// Gives so many bytes, then an error.
struct Breaks(usize);

impl Read for Breaks {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        if self.0 == 0 {
            return Err(std::io::Error::other("broken"));
        }
        let given = out.len().min(self.0);
        self.0 -= given;
        out[..given].fill(7);
        Ok(given)
    }
}

async fn a_failed_write_leaves_the_old_generation(place: &Place) -> Done {
    let store = place.open().await?;
    put(&store, b"old").await?;
    // Beyond the first transaction of a write.
    let failed = store.put_blob(BlobKind::Snapshot, NAME, at(1), &mut Breaks(5 << 20)).await;
    assert!(matches!(failed, Err(StoreError::Io { .. })), "{failed:?}");
    assert_eq!(read(&store).await?.as_deref(), Some(&b"old"[..]));
    put(&store, b"new").await?;
    assert_eq!(
        place.sql("SELECT CAST(COUNT(*) AS TEXT) FROM blob_chunk").await?,
        ["2"],
        "the debris is cleared"
    );
    Ok(())
}

async fn a_writer_dropped_leaves_the_old_generation(place: &Place) -> Done {
    let store = place.open().await?;
    put(&store, b"old").await?;
    let mut writer = store.blob_writer(BlobKind::Snapshot, NAME, at(1))?;
    writer.write_all(&vec![7; 5 << 20])?;
    drop(writer);
    assert_eq!(read(&store).await?.as_deref(), Some(&b"old"[..]));

    let mut writer = store.blob_writer(BlobKind::Snapshot, NAME, at(1))?;
    writer.write_all(b"new")?;
    writer.finish()?;
    assert_eq!(read(&store).await?.as_deref(), Some(&b"new"[..]));
    Ok(())
}

async fn sizes_around_chunks_come_back_as_they_were(place: &Place) -> Done {
    let store = place.open().await?;
    let chunk = 256 * 1024;
    // What a chunk is in SQLite's new files, and what stands with its row there.
    let (filling, with_row) = (253_892, 8192);
    let sizes = [0, 1, with_row, with_row + 1, 16 * filling, 16 * filling + 1, 16 * chunk];
    let around = [chunk, filling].map(|chunk| [chunk - 1, chunk, chunk + 1]);
    for size in sizes.into_iter().chain(around.into_iter().flatten()) {
        let bytes: Vec<u8> = (0..size).map(|i| u8::try_from(i % 251).expect("below 251")).collect();
        put(&store, &bytes).await?;
        assert!(read(&store).await?.as_ref() == Some(&bytes), "{size} bytes");
        let mut writer = store.blob_writer(BlobKind::Snapshot, NAME, at(1))?;
        writer.write_all(&bytes)?;
        assert_eq!(writer.finish()?.size, bytes.len() as u64);
        assert!(read(&store).await?.as_ref() == Some(&bytes), "{size} bytes written");
    }
    Ok(())
}

async fn a_reader_keeps_what_it_reads(place: &Place) -> Done {
    let store = place.open().await?;
    let bytes = vec![1; 4 << 20];
    put(&store, &bytes).await?;
    let mut reader = store.open_blob(BlobKind::Snapshot, NAME).await?.expect("a blob");
    let mut read = vec![0; 1 << 20];
    reader.read_exact(&mut read)?;
    for text in ["two", "three"] {
        put(&store, text.as_bytes()).await?;
    }
    reader.read_to_end(&mut read)?;
    assert!(read == bytes);
    Ok(())
}

async fn erased_blobs_are_gone(place: &Place) -> Done {
    let store = place.open().await?;
    put(&store, b"old").await?;
    store.erase_blob(BlobKind::Snapshot, NAME).await?;
    assert_eq!(read(&store).await?, None);
    assert_eq!(place.sql("SELECT CAST(COUNT(*) AS TEXT) FROM blob_chunk").await?, ["0"]);
    Ok(())
}

/// Names the file for the process that is to be killed.
const CHILD: &str = "SKOLBRO_STORE_CHILD";

/// Gives five megabytes, says so, and then nothing for ever.
struct Hangs(usize);

impl Read for Hangs {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        if self.0 == 0 {
            println!("\nhalfway");
            std::io::stdin().read_to_end(&mut Vec::new())?;
        }
        let given = out.len().min(self.0);
        self.0 -= given;
        Ok(given)
    }
}

/// Does nothing by itself: the other half of the test below.
#[tokio::test]
async fn child_that_is_killed() -> Done {
    #[expect(clippy::disallowed_methods, reason = "tells the child from a test")]
    let Ok(path) = std::env::var(CHILD) else { return Ok(()) };
    let store = Store::open_file(Path::new(&path)).await?;
    store.put_blob(BlobKind::Snapshot, NAME, at(1), &mut Hangs(5 << 20)).await?;
    Ok(())
}

/// K221: a process killed in the middle of a write leaves the old generation.
#[tokio::test]
async fn a_killed_process_leaves_the_old_generation() -> Done {
    let place = Place::file();
    let store = place.open().await?;
    put(&store, b"old").await?;
    let mut child = Command::new(std::env::current_exe()?)
        .args(["--exact", "blobs::child_that_is_killed", "--nocapture"])
        .env(CHILD, place.path().expect("a file"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let said = BufReader::new(child.stdout.take().expect("piped")).lines().map_while(Result::ok);
    let halfway = said.into_iter().any(|line| line == "halfway");
    child.kill()?;
    child.wait()?;
    assert!(halfway, "the child was in the middle");

    assert_eq!(read(&store).await?.as_deref(), Some(&b"old"[..]));
    assert_ne!(
        place.sql("SELECT CAST(COUNT(*) AS TEXT) FROM blob_chunk").await?,
        ["1"],
        "some of it was written"
    );
    put(&store, b"new").await?;
    assert_eq!(read(&store).await?.as_deref(), Some(&b"new"[..]));
    assert_eq!(
        place.sql("SELECT CAST(COUNT(*) AS TEXT) FROM blob_chunk").await?,
        ["2"],
        "the debris is cleared"
    );
    Ok(())
}

/// Pages of a generation that was pushed out are left as they are, since it is sealed; who has
/// to forget somebody overwrites them.
#[tokio::test]
async fn what_blobs_left_free_is_overwritten_when_asked_for() -> Done {
    // Values end anywhere in a page, and later ones take what earlier ones left.
    for (many, later) in [
        (100_000, 100_000),
        (40_000, 17_000),
        (37_001, 60_000),
        (23_456, 23_456),
        (20_017, 900),
        (12_345, 2_800),
        (1_500, 1_100),
        (100_000, 500),
        (26_000, 300),
    ] {
        overwritten([many, many, many]).await?;
        overwritten([many, many, many, later, later]).await?;
    }
    Ok(())
}

/// Writes a generation of each length, and forgets.
async fn overwritten<const N: usize>(lengths: [usize; N]) -> Done {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("tenant.db");
    let mark = |nth: usize| format!("<number {nth}>");
    let holds = |nth: usize| {
        let (bytes, mark) = (std::fs::read(&path)?, mark(nth));
        Ok::<_, std::io::Error>(bytes.windows(mark.len()).any(|it| it == mark.as_bytes()))
    };
    let store = Store::open_file(&path).await?;
    for (nth, many) in lengths.iter().enumerate() {
        let mut writer = store.blob_writer(BlobKind::Snapshot, NAME, at(0))?;
        writer.write_all(mark(nth).repeat(*many).as_bytes())?;
        writer.finish()?;
    }
    store.close().await;
    assert!(holds(N - 3)?, "the test shows nothing where nothing is left");

    let store = Store::open_file(&path).await?;
    store.overwrite_free().await?;
    let newest = mark(N - 1).repeat(lengths[N - 1]);
    assert_eq!(read(&store).await?.as_deref(), Some(newest.as_bytes()));
    store.close().await;
    for nth in 0..N {
        assert_eq!(holds(nth)?, nth >= N - 2, "{nth} of {lengths:?}");
    }
    Ok(())
}
