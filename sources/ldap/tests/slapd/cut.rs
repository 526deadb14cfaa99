//! A connection that ends too early.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::*;

/// A way to the directory that ends after so many bytes of its answers.
async fn cut_after(bytes: usize, port: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut ours, _)) = listener.accept().await {
            let mut theirs = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            let (mut up, mut down) = (vec![0; 4096], vec![0; 4096]);
            let mut left = bytes;
            while left > 0 {
                tokio::select! {
                    read = ours.read(&mut up) => match read {
                        Ok(count) if count > 0 => theirs.write_all(&up[..count]).await.unwrap(),
                        _ => break,
                    },
                    read = theirs.read(&mut down) => match read {
                        Ok(count) if count > 0 => {
                            let count = count.min(left);
                            left -= count;
                            if ours.write_all(&down[..count]).await.is_err() {
                                break;
                            }
                        }
                        _ => break,
                    },
                }
            }
        }
    });
    at
}

/// K008, K211: wherever the connection ends, nothing of what was read is used.
#[tokio::test]
async fn a_connection_that_is_cut_gives_nothing() {
    let Some(world) = World::with(&accounts(300), "", Signed::ByAuthority) else { return };
    let whole = read(&settings(&world.plain(), "page_size = 100")).await.unwrap();
    assert_eq!(whole, 300);
    for bytes in [1, 14, 60, 500, 5_000, 20_000] {
        let port = cut_after(bytes, world.slapd.plain).await;
        let settings = settings(&format!("ldap://127.0.0.1:{port}"), "page_size = 100");
        let error = read(&settings).await.unwrap_err();
        assert_eq!(told(&error), "unavailable reason=cut_off", "after {bytes} bytes");
    }
}

/// A directory that says nothing is not waited for without end.
#[tokio::test]
async fn a_silent_directory_is_not_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ldap://{}", listener.local_addr().unwrap());
    let error = read(&settings(&url, "read_seconds = 1")).await.unwrap_err();
    assert_eq!(told(&error), "unavailable reason=timeout");
    let secure = format!("ldaps://{}", listener.local_addr().unwrap());
    let error = read(&settings(&secure, "connect_seconds = 1")).await.unwrap_err();
    assert_eq!(told(&error), "unavailable reason=timeout");
}
