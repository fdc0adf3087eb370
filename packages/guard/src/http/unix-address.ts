/** `unix:/run/orders.sock`: a socket in the file system of this machine. */
export function isUnix(address: string): boolean {
  return address.startsWith('unix:');
}

/** The path of such an address. */
export function unixPath(address: string): string {
  return address.slice('unix:'.length);
}
