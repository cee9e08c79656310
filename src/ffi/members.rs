//! Members of a room for C programs without a JSON library.

use std::ffi::c_char;
use std::ptr;

use crate::error::{Error, Kind};
use crate::meeting::{is_muted, is_online};
use crate::members::{Texts, Which, texts_of_any};
use crate::status::YTX_OK;

use super::argument::text;
use super::guard::{guard, store_status};
use super::status::ytx_status;

/// For ytx_members_read(): all members, of an answer or of a YTX_EVENT_ROOM.
pub const YTX_MEMBERS_ALL: i32 = 0;
/// For ytx_members_read(): those of a YTX_EVENT_ROOM who have joined.
pub const YTX_MEMBERS_JOINED: i32 = 1;
/// For ytx_members_read(): those of a YTX_EVENT_ROOM who have left, as last told.
pub const YTX_MEMBERS_LEFT: i32 = 2;
/// For ytx_members_read(): those of a YTX_EVENT_ROOM who were muted.
pub const YTX_MEMBERS_MUTED: i32 = 3;
/// For ytx_members_read(): those of a YTX_EVENT_ROOM who can be heard again.
pub const YTX_MEMBERS_UNMUTED: i32 = 4;

/// A list of members, read from JSON by ytx_members_read().
///
/// It is memory of the caller's, and no checked handle as ytx_client is: it is released once, with
/// ytx_members_free(), and not used after that. Any number of threads may read it at once.
pub struct ytx_members {
    members: Vec<Entry>,
    /// All texts, each with a NUL at its end.
    texts: Vec<u8>,
}

/// Where the texts of a member begin.
struct Entry {
    phone: usize,
    meid: usize,
    statusname: usize,
    ifmutename: usize,
    online: i32,
    muted: i32,
}

/// Reads the members in a string that the library returned.
///
/// The string is what ytx_meeting_state() returned, or the JSON of a YTX_EVENT_DONE of
/// ytx_meeting_state_async(), or of a YTX_EVENT_ROOM. It is not needed any more afterwards.
///
/// ```c
/// ytx_members *members =
///     ytx_members_read(json, YTX_MEMBERS_ALL, NULL);
/// for (size_t i = 0; i < ytx_members_count(members); i++)
///   printf("%s %s\n", ytx_members_phone(members, i),
///          ytx_members_online(members, i) == 1 ? "on line" : "");
/// ytx_members_free(members);
/// ```
///
/// @param json    the string
/// @param which   one of YTX_MEMBERS_*
/// @param status  receives YTX_OK; YTX_E_INVALID_ARGUMENT when json is NULL or not UTF-8, or which
///                is none of those; YTX_E_RESPONSE when json holds no such list: a refusal, the
///                library's own report, JSON of another kind, or a member that is no object or lacks
///                one of the four texts. May be NULL.
/// @return        the list, for ytx_members_free(); or NULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ytx_members_read(
    json: *const c_char,
    which: i32,
    status: *mut ytx_status,
) -> *mut ytx_members {
    let read = guard(|| {
        // SAFETY: the string is NULL or what the header asks for.
        let json = unsafe { text("json", json)? };
        let which = match which {
            YTX_MEMBERS_ALL => Which::All,
            YTX_MEMBERS_JOINED => Which::Joined,
            YTX_MEMBERS_LEFT => Which::Left,
            YTX_MEMBERS_MUTED => Which::Muted,
            YTX_MEMBERS_UNMUTED => Which::Unmuted,
            _ => return Err(Error::argument("which is none of YTX_MEMBERS_*")),
        };
        let no_list = || Error::new(Kind::Response, "json holds no such list of members");
        Ok(ytx_members::new(&texts_of_any(json, which).ok_or_else(no_list)?))
    });
    let (code, members) = match read {
        Ok(members) => (YTX_OK, Box::into_raw(Box::new(members))),
        Err(error) => (error.status(), ptr::null_mut()),
    };
    // SAFETY: status is NULL or valid.
    unsafe { store_status(status, code) };
    members
}

impl ytx_members {
    fn new(read: &[Texts]) -> ytx_members {
        let bytes = |it: &Texts| {
            it.meeting_id.len() + it.phone.len() + it.presence.len() + it.mute.len() + 4
        };
        let mut texts = Vec::with_capacity(read.iter().map(bytes).sum());
        let known = |known: Option<bool>| known.map_or(-1, i32::from);
        let entry = |it: &Texts| Entry {
            phone: push(&mut texts, &it.phone),
            meid: push(&mut texts, &it.meeting_id),
            statusname: push(&mut texts, &it.presence),
            ifmutename: push(&mut texts, &it.mute),
            online: known(is_online(&it.presence)),
            muted: known(is_muted(&it.mute)),
        };
        let members = read.iter().map(entry).collect();
        ytx_members { members, texts }
    }
}

/// Adds a text for C, where a NUL would end it; returns where it begins.
fn push(texts: &mut Vec<u8>, text: &str) -> usize {
    let begin = texts.len();
    if text.contains('\0') {
        texts.extend_from_slice(text.replace('\0', "\u{fffd}").as_bytes());
    } else {
        texts.extend_from_slice(text.as_bytes());
    }
    texts.push(0);
    begin
}

/// How many members a list has.
///
/// @param members  the list, or NULL
/// @return         their number; 0 for NULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ytx_members_count(members: *const ytx_members) -> usize {
    // SAFETY: members is NULL or a living list.
    unsafe { members.as_ref() }.map_or(0, |list| list.members.len())
}

/// # Safety
/// `members` is NULL or a living list.
unsafe fn member<'a>(members: *const ytx_members, index: usize) -> Option<&'a Entry> {
    // SAFETY: the caller's promise.
    unsafe { members.as_ref() }?.members.get(index)
}

/// # Safety
/// `members` is NULL or a living list.
unsafe fn text_of(
    members: *const ytx_members,
    index: usize,
    which: fn(&Entry) -> usize,
) -> *const c_char {
    // SAFETY: the caller's promise.
    let found = unsafe { members.as_ref() }.and_then(|list| {
        let begin = which(list.members.get(index)?);
        list.texts.get(begin..)
    });
    found.map_or(c"".as_ptr(), |text| text.as_ptr().cast())
}

/// A member's phone number as the platform shows it, some digits masked.
///
/// @param members  the list, or NULL
/// @param index    from 0
/// @return         the text, which lives as long as the list; "" for NULL, and beyond the end
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ytx_members_phone(
    members: *const ytx_members,
    index: usize,
) -> *const c_char {
    // SAFETY: members is NULL or a living list.
    unsafe { text_of(members, index, |member| member.phone) }
}

/// The number of the room that a member is in.
///
/// @param members  the list, or NULL
/// @param index    from 0
/// @return         the text, which lives as long as the list; "" for NULL, and beyond the end
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ytx_members_meid(
    members: *const ytx_members,
    index: usize,
) -> *const c_char {
    // SAFETY: members is NULL or a living list.
    unsafe { text_of(members, index, |member| member.meid) }
}

/// The platform's word for on line (在线) or off line (不在线).
///
/// @param members  the list, or NULL
/// @param index    from 0
/// @return         the text, which lives as long as the list; "" for NULL, and beyond the end
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ytx_members_statusname(
    members: *const ytx_members,
    index: usize,
) -> *const c_char {
    // SAFETY: members is NULL or a living list.
    unsafe { text_of(members, index, |member| member.statusname) }
}

/// The platform's word for muted (已静音) or not muted (未静音).
///
/// @param members  the list, or NULL
/// @param index    from 0
/// @return         the text, which lives as long as the list; "" for NULL, and beyond the end
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ytx_members_ifmutename(
    members: *const ytx_members,
    index: usize,
) -> *const c_char {
    // SAFETY: members is NULL or a living list.
    unsafe { text_of(members, index, |member| member.ifmutename) }
}

/// Whether a member is on line.
///
/// @param members  the list, or NULL
/// @param index    from 0
/// @return         1: yes; 0: no; -1: the platform used a word that is not known, or there is no
///                 such member
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ytx_members_online(members: *const ytx_members, index: usize) -> i32 {
    // SAFETY: members is NULL or a living list.
    unsafe { member(members, index) }.map_or(-1, |member| member.online)
}

/// Whether a member is muted.
///
/// @param members  the list, or NULL
/// @param index    from 0
/// @return         1: yes; 0: no; -1: the platform used a word that is not known, or there is no
///                 such member
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ytx_members_muted(members: *const ytx_members, index: usize) -> i32 {
    // SAFETY: members is NULL or a living list.
    unsafe { member(members, index) }.map_or(-1, |member| member.muted)
}

/// Releases a list that ytx_members_read() returned. NULL is ignored.
///
/// @param members  the list, or NULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ytx_members_free(members: *mut ytx_members) {
    if !members.is_null() {
        // SAFETY: by the contract it came from ytx_members_read, hence from a box, and is freed once.
        drop(unsafe { Box::from_raw(members) });
    }
}
