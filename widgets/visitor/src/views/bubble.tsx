/** One message: its text with links, its pictures and files; and one on its way, with progress. */

import type { Pending, PendingFile } from "@ucc/core/visitor/state";
import type { Attachment, VisitorEntry } from "@ucc/wire";
import { size } from "../format";
import { pictureOf } from "../pictures";
import type { Widget } from "../widget";
import { Icon } from "./icons";

const LINK = /(https?:\/\/[^\s<>"'\u3000-\u303f\uff00-\uffef]+[^\s<>"'.,;:!?)\]\u3000-\u303f\uff00-\uffef])/;

/** Text as it was written; web addresses become links that tell the page behind them nothing. */
function Linked({ text }: { text: string }) {
  return (
    <>
      {text.split(LINK).map((part, place) =>
        place % 2 ? (
          <a href={part} target="_blank" rel="noopener noreferrer nofollow">
            {part}
          </a>
        ) : (
          part
        ),
      )}
    </>
  );
}

export function EntryBubble({ w, entry }: { w: Widget; entry: VisitorEntry }) {
  return (
    <>
      {entry.text && (
        <p class="b" dir="auto">
          <Linked text={entry.text} />
        </p>
      )}
      {entry.attachments.map((attachment) => (
        <File key={attachment.id} w={w} attachment={attachment} />
      ))}
    </>
  );
}

function File({ w, attachment }: { w: Widget; attachment: Attachment }) {
  const { name, media_type, url, width, height, size_bytes } = attachment;
  const address = new URL(url, w.handle.server).href;
  if (media_type.startsWith("image/") && width && height) {
    return (
      <a class="b pic" href={address} target="_blank" rel="noopener noreferrer">
        <img src={address} alt={w.words.picture(name)} width={width} height={height} loading="lazy" />
      </a>
    );
  }
  return (
    <a class="b doc" href={address} target="_blank" rel="noopener noreferrer" download={name}>
      <FileLine name={name} detail={size(size_bytes, w.handle.locale)} />
    </a>
  );
}

function FileLine({ name, detail }: { name: string; detail: string }) {
  return (
    <>
      <Icon name="doc" />
      <span>
        <b class="cut">{name}</b>
        <span class="num">{detail}</span>
      </span>
    </>
  );
}

export function PendingBubble({ w, pending }: { w: Widget; pending: Pending }) {
  return (
    <>
      {pending.text && (
        <p class={pending.failure ? "b" : "b hold"} dir="auto">
          {pending.text}
        </p>
      )}
      {pending.files.map((file) => (
        <SendingFile key={file.key} w={w} file={file} isFailed={pending.failure !== null} />
      ))}
    </>
  );
}

function SendingFile({ w, file, isFailed }: { w: Widget; file: PendingFile; isFailed: boolean }) {
  const address = pictureOf(file.file);
  const isMoving = file.progress > 0 && file.progress < 1 && !isFailed;
  return (
    <div class={address ? "b hold pic" : "b hold doc"}>
      {address ? (
        <img src={address} alt={w.words.picture(file.file.name)} />
      ) : (
        <FileLine name={file.file.name} detail={size(file.file.size, w.handle.locale)} />
      )}
      {isMoving && <progress value={file.progress} aria-label={w.words.uploading(file.file.name)} />}
    </div>
  );
}
