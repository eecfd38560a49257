//! A stand-in for the Tatum API on loopback that answers as a recorded case says.

#![allow(clippy::unwrap_used)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

/// One request as it arrived.
struct Request {
    method: String,
    path: String,
    body: Value,
}

/// Answers for one case until it is dropped with the test.
pub(crate) struct Api {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

struct State {
    chain: String,
    /// What is handed out, once.
    pending: Value,
    stubs: Vec<Value>,
    writes: Vec<Value>,
}

impl Api {
    /// Listens on a free port.
    pub(crate) fn for_case(case: &Value) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State {
            chain: case["chain"].as_str().unwrap().to_owned(),
            pending: case["pending"].clone(),
            stubs: case["stubs"].as_array().cloned().unwrap_or_default(),
            writes: Vec::new(),
        }));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                thread::spawn(move || serve(stream, &shared));
            }
        });
        Self { address, state }
    }

    /// Its base URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Everything that was written so far: `{method, path, body}`.
    pub(crate) fn writes(&self) -> Vec<Value> {
        self.state.lock().unwrap().writes.clone()
    }
}

fn serve(mut stream: TcpStream, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some(request) = read(&mut reader) {
        let (status, body) = state.lock().unwrap().answer(&request);
        let body = body.to_string();
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        if stream.write_all((head + &body).as_bytes()).is_err() {
            return;
        }
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|count| *count > 0)?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?);
    let path = target.split('?').next()?.to_owned();
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        if header.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = header.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request { method, path, body: serde_json::from_slice(&body).unwrap_or(Value::Null) })
}

impl State {
    fn answer(&mut self, request: &Request) -> (u64, Value) {
        let Request { method, path, body } = request;
        if path == &format!("/v3/kms/pending/{}", self.chain) {
            return (200, std::mem::replace(&mut self.pending, json!([])));
        }
        if path.starts_with("/v3/kms/pending/") {
            return (200, json!([]));
        }
        if path.starts_with("/approve/") {
            return (200, json!("ok"));
        }
        if is_write(request) {
            self.writes.push(json!({"method": method, "path": path, "body": without_id(body)}));
        }
        if let Some(at) = self.stubs.iter().position(|stub| fits(stub, request)) {
            let stub = &mut self.stubs[at];
            let answer = (stub["status"].as_u64().unwrap_or(200), recorded(stub, body));
            // One that was given a few times only.
            match stub.get("times").and_then(Value::as_u64) {
                Some(1) => drop(self.stubs.remove(at)),
                Some(times) => stub["times"] = json!(times - 1),
                None => {}
            }
            return answer;
        }
        if is_write(request) {
            return (200, json!({"txId": "stub-txid"}));
        }
        (404, json!({"statusCode": 404, "message": format!("not recorded: {method} {path}")}))
    }
}

/// Whether something moves with it, as the recordings have it: broadcasts, what is told of pending transactions, what
/// is sent to a node, and what somebody else completes (Cardano's server, Flow's proposer and payer).
fn is_write(request: &Request) -> bool {
    let parts = ["broadcast", "/kms/", "/construction/combine", "/v3/flow/sign"];
    let tells = parts.iter().any(|part| request.path.contains(part));
    let sends = request.path == "/v1/transactions" || request.body["method"] == "sendTransaction";
    request.method != "GET" && (tells || sends)
}

/// A JSON-RPC call without its id, of which every program has its own.
fn without_id(body: &Value) -> Value {
    let mut body = body.clone();
    if let Value::Object(members) = &mut body
        && members.get("method").is_some()
    {
        members.remove("id");
        members.remove("jsonrpc");
    }
    body
}

/// A pattern that begins with `^` is the beginning of a path, any other is the whole path.
fn fits(stub: &Value, request: &Request) -> bool {
    let pattern = stub["path"].as_str().unwrap();
    let path_fits = match pattern.strip_prefix('^') {
        Some(prefix) => request.path.starts_with(prefix),
        None => request.path == pattern,
    };
    let method_fits = stub.get("method").is_none_or(|method| *method == request.method.as_str());
    let rpc_fits = stub.get("rpc").is_none_or(|rpc| *rpc == request.body["method"]);
    path_fits && method_fits && rpc_fits
}

fn recorded(stub: &Value, request: &Value) -> Value {
    if stub.get("rpc").is_none() {
        return stub["body"].clone();
    }
    let mut answer = json!({"jsonrpc": "2.0", "id": request["id"]});
    match stub.get("error") {
        Some(error) => answer["error"] = error.clone(),
        None => answer["result"] = stub["body"].clone(),
    }
    answer
}
