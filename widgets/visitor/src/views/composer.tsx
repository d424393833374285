/** Where the visitor writes: grows, takes pasted and dropped files, never sends during IME composition. */

import { size } from "../format";
import { pictureOf } from "../pictures";
import type { Widget } from "../widget";
import { Emoji } from "./emoji";
import { Icon } from "./icons";
import { IconButton } from "./parts";

const ROWS_MAX = 6;
const LINE_PX = 20;
const PADDING_PX = 20;
/** From here on the counter is shown. */
const COUNTED_SHARE = 0.9;
/** What key events of a composing input method carry where `isComposing` is not yet set. */
const IME_KEY_CODE = 229;

/** Makes the field as high as its text; by rows and not by a style attribute, which strict pages refuse. */
export function fitRows(area: HTMLTextAreaElement): void {
  area.rows = 1;
  area.rows = Math.min(ROWS_MAX, Math.max(1, Math.round((area.scrollHeight - PADDING_PX) / LINE_PX)));
}

export function Composer({ w }: { w: Widget }) {
  const { words } = w;
  const ui = w.ui.get();
  const limit = w.config().text_max;
  const count = [...ui.draft].length;
  const isTooLong = count > limit;
  const canSend = !isTooLong && (ui.draft.trim() !== "" || ui.files.length > 0);
  const number = (n: number): string => n.toLocaleString(w.handle.locale);

  const send = (): void => {
    if (!canSend) return;
    w.sendDraft();
    w.find("textarea")?.focus();
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    const isComposing = event.isComposing || event.keyCode === IME_KEY_CODE;
    if (event.key !== "Enter" || event.shiftKey || isComposing) return;
    event.preventDefault();
    send();
  };

  const write = (draft: string): void => {
    w.show({ draft });
    if (draft) w.chat.tellTyping();
  };

  const insert = (sign: string): void => {
    const area = w.find<HTMLTextAreaElement>("textarea");
    const [from, to] = [area?.selectionStart ?? ui.draft.length, area?.selectionEnd ?? ui.draft.length];
    write(ui.draft.slice(0, from) + sign + ui.draft.slice(to));
    w.show({ popup: null });
    requestAnimationFrame(() => {
      area?.focus();
      area?.setSelectionRange(from + sign.length, from + sign.length);
    });
  };

  const onPaste = (event: ClipboardEvent): void => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    w.addFiles(files);
  };

  return (
    <>
      {isTooLong && (
        <p class="bar err note" role="alert">
          <Icon name="alert" s c="err" />
          <span class="num">{words.tooLong(number(count), number(limit))}</span>
        </p>
      )}
      {ui.tooBig && <TooBig w={w} file={ui.tooBig} />}
      <form
        class={isTooLong ? "comp bad" : "comp"}
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        {ui.files.length > 0 && (
          <ul class="picked">
            {ui.files.map((file) => (
              <Picked key={`${file.name} ${file.size} ${file.lastModified}`} w={w} file={file} />
            ))}
          </ul>
        )}
        <label>
          <span class="vh">{words.message}</span>
          <textarea
            rows={1}
            placeholder={words.write}
            value={ui.draft}
            aria-invalid={isTooLong}
            enterkeyhint="send"
            onInput={(event) => write(event.currentTarget.value)}
            onKeyDown={onKeyDown}
            onPaste={onPaste}
          />
        </label>
        <div class="tools">
          <IconButton icon="clip" label={words.attach} onClick={() => w.find("input[type=file]")?.click()} />
          <Emoji w={w} onPick={insert} />
          <span class="meta num grow">
            {count > limit * COUNTED_SHARE && !isTooLong && words.left(number(count), number(limit))}
          </span>
          <button
            type="submit"
            class="ib send"
            aria-label={words.send}
            title={words.send}
            disabled={!canSend}
          >
            <Icon name="up" s />
          </button>
        </div>
        <input
          hidden
          type="file"
          multiple
          onChange={(event) => {
            w.addFiles(event.currentTarget.files ?? []);
            event.currentTarget.value = "";
          }}
        />
      </form>
    </>
  );
}

function TooBig({ w, file }: { w: Widget; file: File }) {
  const { locale } = w.handle;
  return (
    <p class="bar err note" role="alert">
      <Icon name="doc" s c="err" />
      <span>
        <b class="cut">{file.name}</b>
        <span class="num">
          {w.words.tooBig(size(file.size, locale), size(w.config().attachment_bytes_max, locale))}
        </span>
      </span>
      <IconButton icon="x" label={w.words.removeFile(file.name)} onClick={() => w.show({ tooBig: null })} />
    </p>
  );
}

/** A file chosen and not yet sent. */
function Picked({ w, file }: { w: Widget; file: File }) {
  const address = pictureOf(file);
  const remove = (): void => w.show({ files: w.ui.get().files.filter((other) => other !== file) });
  return (
    <li>
      {address ? <img src={address} alt={w.words.picture(file.name)} /> : <Icon name="doc" />}
      <span class="cut">{file.name}</span>
      <IconButton icon="x" label={w.words.removeFile(file.name)} onClick={remove} />
    </li>
  );
}
