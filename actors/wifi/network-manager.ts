/** What set-up needs of the machine's networks. NetworkManager does it (nmcli.ts). */

/** How a network asks for its password. `unsupported`: with user names (802.1X), or WEP. */
export type WifiSecurity = 'open' | 'wpa2' | 'wpa3' | 'unsupported';

export interface WifiNetwork {
  ssid: string;
  signalPercent: number;
  security: WifiSecurity;
}

export interface Hotspot {
  ssid: string;
  /** WPA2: 8 to 63 characters of ASCII. */
  password: string;
}

/** Methods reject with EarshotError `wifi_unavailable`; `join` also with `wifi_refused`. */
export interface NetworkManager {
  /** Whether there is a way out of this machine: a default route, by cable or by Wi-Fi. */
  isOnline(): Promise<boolean>;
  /** Those in reach, the strongest first, each once. */
  networks(): Promise<WifiNetwork[]>;
  /** Opens the access point. @returns the address of this machine in its network */
  openHotspot(hotspot: Hotspot): Promise<string>;
  closeHotspot(): Promise<void>;
  /** Joins the network, which may be hidden, and remembers it. One that was remembered before stays if this fails. */
  join(network: { ssid: string; password: string | undefined; security: WifiSecurity }): Promise<void>;
  /** Forgets all Wi-Fi networks and their passwords. */
  forgetNetworks(): Promise<void>;
}
