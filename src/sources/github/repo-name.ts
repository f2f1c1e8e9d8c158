/** `owner/name`: it goes into URLs and paths, so nothing else is let in. */
export const isRepoName = (text: string): boolean => /^(?!\.+\/)[\w.-]{1,100}\/(?!\.+$)[\w.-]{1,100}$/.test(text);
