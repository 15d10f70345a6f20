//! Owns what the window may ask for: one function per action of the member, each a single call.
//! Refuses to decide anything.
//! Invariant: an error crosses as a [`Refused`]; the words for it are the window's.

use std::sync::Arc;

use tauri::State;

use crate::channel::{self, Status};
use crate::clipboard::{self, Clipboard};
use crate::enrol::{self, Form};
use crate::language::Language;
use crate::link::{Brought, Offered};
use crate::refusal::Refused;
use crate::session::{Session, blocking};
use crate::settings::{Manner, Settings};
use crate::sign::{Shown, Transaction};
use crate::sleep::Blank;
use crate::view::{About, CodeView, Opening, Tick, View, Whose};

type Answer<T> = Result<T, Refused>;
type TheSession<'a> = State<'a, Arc<Session>>;

/// The window is there.
#[tauri::command]
pub(crate) async fn open(session: TheSession<'_>, offered: State<'_, Offered>) -> Answer<Opening> {
    let (manner, (view, code)) =
        blocking(&session, |session| (Manner::of(session), session.first_look())).await;
    let link = offered.to(&view);
    Ok(Opening { manner, can_copy: clipboard::IS_THERE, link, view, code })
}

/// What a link of a later start brings.
#[tauri::command]
pub(crate) async fn offered(session: TheSession<'_>, offered: State<'_, Offered>) -> Answer<Option<Brought>> {
    let view = blocking(&session, |session| session.look(false)).await;
    Ok(offered.to(&view))
}

/// Has anything changed? `may_ask` when a person pressed a button for it.
#[tauri::command]
pub(crate) async fn look(session: TheSession<'_>, may_ask: bool) -> Answer<View> {
    Ok(blocking(&session, move |session| session.look(may_ask)).await)
}

/// 送信.
#[tauri::command]
pub(crate) async fn enrol(session: TheSession<'_>, form: Form) -> Answer<View> {
    enrol::enrol(&session, form).await
}

/// Goes on with a pending 初期設定.
#[tauri::command]
pub(crate) async fn resume(session: TheSession<'_>) -> Answer<View> {
    Ok(enrol::resume(&session).await?)
}

/// 次へ on 初期設定完了.
#[tauri::command]
pub(crate) async fn read_done(session: TheSession<'_>) -> Answer<View> {
    Ok(blocking(&session, Session::read_done).await?)
}

/// 入力画面に戻る on a page that says how an initialisation ended.
#[tauri::command]
pub(crate) async fn read_ending(session: TheSession<'_>) -> Answer<View> {
    Ok(blocking(&session, Session::read_ending).await?)
}

/// The code on show, or 次の番号.
#[tauri::command]
pub(crate) async fn show_code(session: TheSession<'_>, is_next: bool) -> Answer<CodeView> {
    Ok(blocking(&session, move |session| session.show_code(is_next)).await?)
}

/// Where time stands within the step.
#[tauri::command]
pub(crate) fn tick(session: TheSession<'_>) -> Tick {
    session.tick()
}

/// No code is on show, and none was asked for.
#[tauri::command]
pub(crate) fn put_away(session: TheSession<'_>) {
    session.watch.end();
}

/// The machine goes to sleep, and no code is on show.
#[tauri::command]
pub(crate) fn blanked(blank: State<'_, Blank>) {
    blank.note();
}

/// コピー. The code does not come from the window; which one is shown there does. None when that one's time is over.
#[tauri::command]
pub(crate) async fn copy_code(
    session: TheSession<'_>,
    clipboard: State<'_, Arc<Clipboard>>,
    step: u64,
) -> Answer<Option<u64>> {
    let clipboard = Arc::clone(&clipboard);
    let copy =
        move |session: &Session| session.code_on_show(step)?.map(|code| clipboard.copy(&code)).transpose();
    Ok(blocking(&session, copy).await?)
}

/// このトークンを削除する, confirmed.
#[tauri::command]
pub(crate) async fn remove(session: TheSession<'_>) -> Answer<View> {
    let _alone = session.turn.lock().await;
    Ok(blocking(&session, Session::remove).await?)
}

/// Is what stopped the last action out of the way? Asks nobody.
#[tauri::command]
pub(crate) async fn is_clear(session: TheSession<'_>) -> Answer<()> {
    Ok(blocking(&session, Session::is_clear).await?)
}

/// Whose token the page is about.
#[tauri::command]
pub(crate) async fn whose(session: TheSession<'_>) -> Answer<Option<Whose>> {
    Ok(blocking(&session, Session::whose).await?)
}

/// 複数のトークン.
#[tauri::command]
pub(crate) async fn list_tokens(session: TheSession<'_>) -> Answer<View> {
    Ok(blocking(&session, Session::list_tokens).await)
}

/// One token of the list.
#[tauri::command]
pub(crate) async fn choose_token(session: TheSession<'_>, slot: u64) -> Answer<View> {
    Ok(blocking(&session, move |session| session.choose_token(slot)).await)
}

/// 追加.
#[tauri::command]
pub(crate) async fn add_token(session: TheSession<'_>) -> Answer<View> {
    Ok(blocking(&session, Session::add_token).await?)
}

/// 端末情報.
#[tauri::command]
pub(crate) async fn about(session: TheSession<'_>) -> Answer<About> {
    Ok(blocking(&session, |session| session.about()).await?)
}

/// A pasted text that may be a link.
#[tauri::command]
pub(crate) fn read_link(text: String) -> Option<Brought> {
    Brought::read(text.trim())
}

/// Asks the centre about the token on show without being told to. Tells whether there is something new.
#[tauri::command]
pub(crate) async fn check(session: TheSession<'_>, clock_was_set: bool) -> Answer<bool> {
    Ok(channel::check(&session, clock_was_set).await)
}

/// 時刻・履歴 of 端末情報.
#[tauri::command]
pub(crate) async fn status(session: TheSession<'_>) -> Answer<Status> {
    channel::status(&session).await
}

/// 心当たりがない, asked twice.
#[tauri::command]
pub(crate) async fn stop(session: TheSession<'_>) -> Answer<Status> {
    channel::stop(&session).await
}

/// 取引認証: what is to be looked at.
#[tauri::command]
pub(crate) async fn read_transaction(session: TheSession<'_>, transaction: Transaction) -> Answer<Shown> {
    Ok(blocking(&session, move |session| session.read_transaction(&transaction)).await?)
}

/// 確認しました.
#[tauri::command]
pub(crate) async fn sign(session: TheSession<'_>, transaction: Transaction) -> Answer<CodeView> {
    Ok(blocking(&session, move |session| session.sign(&transaction)).await?)
}

/// 日本語 or English; none: as the system.
#[tauri::command]
pub(crate) async fn choose_language(session: TheSession<'_>, language: Option<Language>) -> Answer<Manner> {
    let chosen = move |session: &Session| Language::choose(language, session).map(|()| Manner::of(session));
    Ok(blocking(&session, chosen).await?)
}

/// 文字の大きさ, 配色, 次の番号.
#[tauri::command]
pub(crate) async fn choose_settings(session: TheSession<'_>, settings: Settings) -> Answer<()> {
    Ok(blocking(&session, move |session| settings.choose(session)).await?)
}

/// 有効期限のお知らせ was read.
#[tauri::command]
pub(crate) async fn read_expiring(session: TheSession<'_>) -> Answer<View> {
    Ok(blocking(&session, Session::read_expiring).await?)
}
