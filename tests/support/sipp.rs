//! A phone, by sipp: what it sends and what it waits for, and all that was said on the wire.
//!
//! Sipp looks after the order of things: what comes out of turn, or with another status, fails the
//! phone. What the messages hold is for the test.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use super::cc;

/// Only ends what hangs.
const LIMIT: Duration = Duration::from_secs(120);

/// In every request of a phone.
const FROM: &str = "From: <sip:phone@[local_ip]:[local_port]>;tag=[pid]x[call_number]";
const VIA: &str = "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]";

/// Sipp does nothing else before there is an answer. Loopback loses nothing: a request is not sent
/// again only because the machine is busy, for sipp takes the second answer for one to the next.
const RETRANSMITTED: &str = "<send retrans=\"20000\">";

/// A stream to accept, one that needs keys, and one that is refused already.
pub const SDP: &str = "v=0\no=phone 1 1 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\n\
    m=audio 4000 RTP/AVP 0 101\na=rtpmap:0 PCMU/8000\na=rtpmap:101 telephone-event/8000\n\
    m=audio 4002 RTP/SAVP 0\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAA\n\
    m=video 0 RTP/AVP 31\n";

/// What a phone does, step after step, in one dialog at most.
#[derive(Clone)]
pub struct Phone {
    /// The user of the URI that it calls; `[call_number]` where many call.
    room: String,
    steps: String,
    requests: u32,
    in_dialog: bool,
}

impl Phone {
    pub fn of(room: &str) -> Phone {
        Phone { room: room.to_owned(), steps: String::new(), requests: 0, in_dialog: false }
    }

    /// In a call to the room.
    pub fn calling(room: &str) -> Phone {
        Phone::of(room).invite().expect_dialog().ack()
    }

    pub fn invite(self) -> Phone {
        self.send("INVITE", "Content-Type: application/sdp\n", SDP)
    }

    pub fn subscribe(self, package: &str, seconds: u32) -> Phone {
        self.send("SUBSCRIBE", &format!("Event: {package}\nExpires: {seconds}\n"), "")
    }

    /// The same without a look at what comes back, so that the next step follows at once.
    pub fn press_and_go_on(self, key: char) -> Phone {
        let mut phone = self.press(key);
        let at = phone.steps.rfind(RETRANSMITTED).unwrap();
        phone.steps.replace_range(at..at + RETRANSMITTED.len(), "<send>");
        phone
    }

    /// Presses a key. The next step is to expect the answer.
    pub fn press(self, key: char) -> Phone {
        self.info("application/dtmf-relay", &format!("Signal={key}\nDuration=160\n"))
    }

    /// Presses both keys of a command. The answer to the second one has this status.
    pub fn command(self, key: char, status: u16) -> Phone {
        self.press('*').expect(200).press(key).expect(status)
    }

    pub fn info(self, content_type: &str, body: &str) -> Phone {
        self.send("INFO", &format!("Content-Type: {content_type}\n"), body)
    }

    pub fn hang_up(self) -> Phone {
        self.send("BYE", "", "").expect(200)
    }

    pub fn send(mut self, method: &str, headers: &str, body: &str) -> Phone {
        self.requests += 1;
        let number = self.requests;
        let head = self.head(method, number);
        self.steps += &format!(
            "{RETRANSMITTED}<![CDATA[\n{head}\
             Contact: <sip:phone@[local_ip]:[local_port]>\n{headers}Content-Length: [len]\n\n\
             {body}]]></send>\n"
        );
        self
    }

    fn ack(mut self) -> Phone {
        let head = self.head("ACK", self.requests);
        self.steps += &format!("<send><![CDATA[\n{head}Content-Length: 0\n\n]]></send>\n");
        self
    }

    fn head(&self, method: &str, number: u32) -> String {
        let room = format!("sip:{}@[remote_ip]:[remote_port]", self.room);
        let (uri, to) =
            if self.in_dialog { ("[next_url]", "[$to]") } else { (&*room, &*format!("<{room}>")) };
        // Sipp leaves the line out where no proxy wants to be on the way.
        let routes = if self.in_dialog { "[routes]\n" } else { "" };
        format!(
            "{method} {uri} SIP/2.0\n{VIA}\n{FROM}\nTo: {to}\nCall-ID: [call_id]\n\
             CSeq: {number} {method}\nMax-Forwards: 70\n{routes}"
        )
    }

    pub fn pause(mut self, milliseconds: u32) -> Phone {
        self.steps += &format!("<pause milliseconds=\"{milliseconds}\"/>\n");
        self
    }

    pub fn expect(mut self, status: u16) -> Phone {
        self.steps += "<recv response=\"100\" optional=\"true\"/>\n";
        self.steps += &format!("<recv response=\"{status}\"/>\n");
        self
    }

    /// An INVITE that gets this status, which is acknowledged in the same transaction.
    pub fn refused(self, status: u16) -> Phone {
        let mut phone = self.invite().expect(status);
        let head = phone.head("ACK", phone.requests).replace("[branch]", "[branch-3]");
        phone.steps += &format!("<send><![CDATA[\n{head}Content-Length: 0\n\n]]></send>\n");
        phone
    }

    /// The INVITE has arrived.
    pub fn expect_trying(mut self) -> Phone {
        self.steps += "<recv response=\"100\"/>\n";
        self
    }

    /// Gives up the INVITE before its final answer.
    pub fn cancelled(mut self) -> Phone {
        let cancel = self.head("CANCEL", self.requests).replace("[branch]", "[branch-2]");
        let ack = self.head("ACK", self.requests).replace("[branch]", "[branch-5]");
        self.steps += &format!(
            "<send><![CDATA[\n{cancel}Content-Length: 0\n\n]]></send>\n\
             <recv response=\"487\"/>\n<recv response=\"200\"/>\n\
             <send><![CDATA[\n{ack}Content-Length: 0\n\n]]></send>\n"
        );
        self
    }

    /// The 200 that makes a dialog.
    pub fn expect_dialog(mut self) -> Phone {
        self.in_dialog = true;
        self.steps += "<recv response=\"100\" optional=\"true\"/>\n<recv response=\"200\" \
            rrs=\"true\"><action><ereg regexp=\".*\" search_in=\"hdr\" header=\"To:\" \
            check_it=\"true\" assign_to=\"to\"/></action></recv>\n";
        self
    }

    /// Takes a request of the desk's, and answers it.
    pub fn take(mut self, method: &str) -> Phone {
        self.steps += &format!("<recv request=\"{method}\"/>\n");
        self.steps += "<send><![CDATA[\nSIP/2.0 200 OK\n[last_Via:]\n[last_From:]\n[last_To:]\n\
            [last_Call-ID:]\n[last_CSeq:]\nContent-Length: 0\n\n]]></send>\n";
        self
    }

    /// Lets one phone do this.
    pub fn start(&self, desk: u16) -> Running {
        self.start_many(desk, &["-m", "1"])
    }

    /// Lets as many phones do this as sipp is told.
    pub fn start_many(&self, desk: u16, how_many: &[&str]) -> Running {
        let scenario = cc::scratch("scenario.xml");
        let reference = if self.in_dialog { "<Reference variables=\"to\"/>\n" } else { "" };
        let steps = format!("{}{reference}", self.steps);
        let xml =
            format!("<?xml version=\"1.0\" ?>\n<scenario name=\"phone\">\n{steps}</scenario>\n");
        fs::write(&scenario, xml).unwrap();
        let mut command = Command::new("sipp");
        command.arg("-sf").arg(&scenario).args(how_many);
        command.args(["-i", "127.0.0.1", "-nostdin", "-trace_msg"]);
        command.args(["-message_file", "/dev/stderr", "-timeout_error", "-timeout"]);
        command.arg(LIMIT.as_secs().to_string()).arg(format!("127.0.0.1:{desk}"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let messages = messages(BufReader::new(child.stderr.take().unwrap()));
        Running { child, scenario, messages, seen: Vec::new() }
    }

    /// Lets one phone do this to its end, and returns what was said.
    pub fn run(&self, desk: u16) -> Vec<Message> {
        self.start(desk).end()
    }
}

/// A phone that is at it.
pub struct Running {
    child: Child,
    scenario: PathBuf,
    messages: Receiver<Message>,
    seen: Vec<Message>,
}

impl Running {
    /// Waits until something is said that is as wanted, and returns it.
    pub fn wait_for(&mut self, wanted: impl Fn(&Message) -> bool) -> Message {
        loop {
            let Ok(message) = self.messages.recv_timeout(LIMIT) else {
                panic!("it was never said: {:#?}", self.seen);
            };
            self.seen.push(message.clone());
            if wanted(&message) {
                return message;
            }
        }
    }

    /// Waits for its end, and returns all that was said.
    pub fn end(mut self) -> Vec<Message> {
        while let Ok(message) = self.messages.recv_timeout(LIMIT) {
            self.seen.push(message);
        }
        let status = self.child.wait().unwrap();
        assert!(status.success(), "sipp: {status}: {:#?}", self.seen);
        std::mem::take(&mut self.seen)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it has ended, unless the test failed
        let _ = self.child.wait();
        let _ = fs::remove_file(&self.scenario); // left in the target directory, at worst
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// By sipp's clock, in seconds since midnight.
    pub at: f64,
    /// Whether the desk sent it.
    pub from_desk: bool,
    pub text: String,
}

impl Message {
    /// The status of an answer of the desk's to a request with this method.
    pub fn status(&self, method: &str) -> Option<u16> {
        let of_method = self.header("CSeq")?.ends_with(&format!(" {method}"));
        let status = self.text.strip_prefix("SIP/2.0 ")?.get(..3)?;
        (of_method && self.from_desk).then(|| status.parse().unwrap())
    }

    pub fn is_request(&self, method: &str) -> bool {
        self.from_desk && self.text.starts_with(&format!("{method} "))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let head = self.text.split("\n\n").next().unwrap();
        let fields = head.lines().skip(1).filter_map(|line| line.split_once(':'));
        let mut values = fields.filter(|(key, _)| key.eq_ignore_ascii_case(name));
        values.next().map(|(_, value)| value.trim())
    }

    /// Without the new lines at its end: sipp adds some.
    pub fn body(&self) -> &str {
        self.text.split_once("\n\n").map_or("", |(_, body)| body.trim_end_matches('\n'))
    }
}

/// A line of dashes and the time begins a message. Then comes which way it went, and then itself.
fn messages(mut trace: impl BufRead + Send + 'static) -> Receiver<Message> {
    let (sender, messages) = mpsc::channel();
    thread::spawn(move || {
        // What sipp itself has to say comes before the first.
        let mut message = Some(Message { at: 0.0, from_desk: false, text: String::new() });
        let mut line = Vec::new();
        while trace.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
            let text = String::from_utf8_lossy(&line).replace('\r', "");
            line.clear();
            if text.starts_with("---------------------") {
                let _ = message.take().map(|message| sender.send(message)); // nobody listens
                let time = text.trim_end().rsplit(' ').next().and_then(seconds);
                message = time.map(|at| Message { at, from_desk: false, text: String::new() });
            } else if let Some(message) = &mut message {
                if message.text.is_empty() && text.contains(" message ") {
                    message.from_desk = text.contains("received");
                } else if !message.text.is_empty() || text != "\n" {
                    message.text += &text;
                }
            }
        }
        let _ = message.map(|message| sender.send(message));
    });
    messages
}

fn seconds(time: &str) -> Option<f64> {
    let parts: Vec<f64> = time.split(':').map(str::parse).collect::<Result<_, _>>().ok()?;
    match parts[..] {
        [hours, minutes, seconds] => Some((hours * 60.0 + minutes) * 60.0 + seconds),
        _ => None,
    }
}
