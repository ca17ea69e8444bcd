/** Text on a line of `width` characters, its end cut off where it is longer. */
export function shorten(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

/** Words on as many lines as it takes; a word longer than the line gets one of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && `${last} ${word}`.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** As wrap, behind `lead` on the first line and below the text on the others. */
export function hang(lead: string, text: string, width: number): string[] {
  const below = " ".repeat(lead.length);
  return wrap(text, width - lead.length).map((line, index) => `${index === 0 ? lead : below}${line}`);
}

/** A place whose file name and line stay readable: folders are cut off in front. */
export function shortenPlace({ file, line }: { file: string; line: number }, width: number): string {
  const place = `${file}:${line}`;
  return place.length <= width ? place : `…${place.slice(place.length - width + 1)}`;
}

/** `text (place)` on one line: where both do not fit, folders give way first, then the end of the text. */
export function beside(text: string, place: { file: string; line: number }, width: number): string {
  const room = width - 3;
  const named = `…${place.file.slice(place.file.lastIndexOf("/"))}:${place.line}`;
  const said = shorten(text, Math.max(room - named.length, Math.floor(room / 2)));
  return `${said} (${shortenPlace(place, room - said.length)})`;
}
