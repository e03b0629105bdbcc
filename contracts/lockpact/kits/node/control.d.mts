// The types of control.mjs. Generated from the control API's OpenAPI document: run `make generate`.

/** A refusal, in the control API's words. `status`: 400 invalid, 404 there is none, 409 impossible now, 0 no answer. */
export class ControlError extends Error {
  readonly status: number
  constructor(message: string, status: number)
}

/** The control API of one server. */
export class Control {
  readonly url: string
  /**
   * @param url the control API, as the connection info has it. By default LOCKPACT_CONTROL of the environment, then
   *   http://127.0.0.1:8700/_sim.
   * @param options `token`: the server's admin token. By default LOCKSIM_ADMIN_TOKEN of the environment.
   */
  constructor(url?: string | { toString(): string }, options?: { token?: string })
  /** Read a world of this name (`default`), to act on it. */
  world(name?: string): Promise<World>
  /** Read the connection info: addresses, and the credentials as they are now. */
  readConnectionInfo(): Promise<ConnectionInfo>
  /** Read this document. */
  readOpenapi(): Promise<Record<string, any>>
  /** Check whether requests should be sent to this server. It needs no admin token. */
  readHealth(): Promise<Health>
  /**
   * Read this process's metrics, for Prometheus. Worlds, turns, commits, and worlds that moved. They are of this
   * process, and not of the whole cluster.
   */
  readMetrics(): Promise<string>
  /** List all worlds, without their addresses. */
  listWorlds(): Promise<WorldList>
  /** Create a world. */
  createWorld(body?: {
    /** What every random value of the world is derived from. */
    seed?: number
    /** Behave as the vendors' documents say, or as their servers were observed to. */
    profile?: 'documented' | 'observed'
    /** A mode, or a mode with a time or a rate. */
    clock?: string | ClockOptions
    /** By vendor: the state that it begins with, in place of its default world. */
    state?: Record<string, Record<string, any>>
    /** Whether rate limits and quotas apply. */
    limits?: 'off' | 'on'
    /** Ids of vendor changes to inject. */
    variants?: Array<string>
    /** The most that any device's clock gains or loses, in seconds a day. Each device has its own drift. */
    clock_drift?: number
    /** How fast batteries drain, compared with the vendor's figure; 0: not at all. */
    battery_drain?: number
    /** The world's name; without it the server chooses one. */
    name?: string | null
    /** Give the world ports of its own, instead of a path below the shared ones. */
    ports?: boolean
  }): Promise<World>
}

/** A world: it has its own time, state, devices, faults and journal. */
export class World {
  readonly control: Control
  readonly name: string
  /** The world as it was when this object was made. */
  readonly details: WorldDetails
  /** Vendor → its URL and credentials, as they were when this object was made. */
  readonly vendors: Record<VendorName, VendorAddress>
  /** Read one world, with its vendors' addresses and credentials. */
  read(): Promise<WorldDetails>
  /** Drop a world. The connections of its pending requests are closed. The default world cannot be dropped. */
  drop(): Promise<DroppedWorld>
  /**
   * Reset a world to its beginning. State, time, faults, scheduled commands, deliveries, snapshots and journal are as
   * at the start. Addresses and the clock's mode stay. The connections of pending requests are closed. A `real` world
   * that began at the present begins at the present again.
   */
  reset(): Promise<WorldSummary>
  /**
   * Copy a world as it stands, or as it was after an entry of its journal. The copy of an earlier moment has a manual
   * clock. A copy is below `/~name` on the shared ports. It shares nothing with the first world.
   */
  fork(body?: {
    /** The copy's name; without it the server chooses one. */
    name?: string | null
    /** Copy the world as it was after this entry of its journal, with a manual clock. */
    after?: number | null
  }): Promise<World>
  /** List the names of the snapshots. */
  listSnapshots(): Promise<SnapshotList>
  /** Keep the world as it is under a name. The same name again replaces the snapshot. */
  keepSnapshot(body: {
    /** The snapshot's name. */
    name: string
  }): Promise<KeptSnapshot>
  /**
   * Go back to a snapshot, its time included. The clock's mode, addresses and journal stay. The connections of pending
   * requests are closed.
   */
  restoreSnapshot(snapshot: string): Promise<WorldSummary>
  /** Switch rate limits and quotas on or off. */
  setLimits(body: {
    /** Whether rate limits and quotas apply. */
    limits: 'off' | 'on'
  }): Promise<LimitsState>
  /**
   * Let clocks drift and batteries drain, or stop them. Nothing jumps: clocks show what they showed, and batteries have
   * what they had. What is left out stays.
   */
  setPhysics(body?: {
    /** The largest drift, in seconds a day. */
    clock_drift?: number | null
    /** The drain, compared with the vendor's figure. */
    battery_drain?: number | null
  }): Promise<WorldPhysics>
  /** List the changes that the vendors here might make, and those that are injected. */
  listVariants(): Promise<VariantsState>
  /** Inject these variants, and no others. They stay through resets and restores. */
  setVariants(body: {
    /** The ids of all variants to inject. */
    variants: Array<string>
  }): Promise<ChosenVariants>
  /** Read the world's time, and how it passes. */
  readClock(): Promise<ServedClock>
  /**
   * Change how time passes, or move the clock forward. `manual`: time passes only when it is advanced. `auto`: as
   * manual, but when a request is pending and no other call comes, time jumps to what is due next. `real`: as real
   * time. `x60`: sixty times as fast; `rate` 60 means the same. A new mode leaves `now` where it is. `now` moves it as
   * an advance does, and cannot lie in the past.
   */
  setClock(body?: {
    /** How time passes: manual, auto, real, or x60. */
    mode?: string | null
    /** The world's time. It never goes back. */
    now?: string | null
    /** World seconds per real second. */
    rate?: number | null
    /** In `auto`: real seconds without any call before the world moves on (0.05 at first). */
    moment?: number | null
  }): Promise<ServedClock>
  /**
   * Let time pass, in any mode. Everything that falls due happens at its own time. What it sends is delivered then, and
   * the outcome counts from that time on. Other calls are answered meanwhile. Advances by `seconds` that run at the
   * same time add up.
   */
  advance(body: {
    /** Seconds of the world's time. */
    seconds: number
  } | {
    /** The time to advance to. It cannot be past. */
    until: string
  }): Promise<ServedClock>
  /** List what happens next by itself: timers, and scheduled commands. */
  listDue(): Promise<DueList>
  /** Read entries of the journal: what entered the world, and what it answered. */
  readJournal(query?: {
    /** Only the requests to this vendor, and the actions on its devices. */
    vendor?: string
    /** Only entries with a number above this. */
    after?: number
    /** At most so many entries, the oldest first. Fewer where they are large: go on after the last. */
    limit?: number
  }): Promise<JournalPage>
  /**
   * Export the whole journal as JSON lines, for `locksim replay`. It holds what the journal held when the call came.
   */
  exportJournal(query?: {
    /** `true` removes the vendors' secrets; what is left cannot be replayed. */
    mask?: 'false' | 'true'
  }): Promise<string>
  /**
   * Read one entry, what it changed, and the world as it was right after it. The world is found by replay. It cannot be
   * changed; a fork `after` the entry can.
   */
  readMoment(entry: number): Promise<Moment>
  /** List the injected faults, with how often each matched and struck. */
  listFaults(): Promise<FaultList>
  /** Inject a fault. */
  injectFault(body: {
    /** What happens to the request or delivery. */
    effect: Refuse | Delay | Reset | Truncate | Page | Lose | Double | Late | Hold
    /** Match only this vendor. */
    vendor?: string | null
    /** Match only this HTTP method. */
    method?: string | null
    /** A glob that the request's path must match; for a delivery, its receiver's URL. */
    path?: string | null
    /** The first match that the fault may strike. */
    nth?: number
    /** How often it strikes at most; null: no limit. */
    times?: number | null
    /** How likely it strikes a match. */
    probability?: number
  } | {
    /** What happens to the request or delivery. */
    effect: Act
    /** The device's vendor. */
    vendor: string
    /** Match only this HTTP method. */
    method?: string | null
    /** A glob that the request's path must match; for a delivery, its receiver's URL. */
    path?: string | null
    /** The first match that the fault may strike. */
    nth?: number
    /** How often it strikes at most; null: no limit. */
    times?: number | null
    /** How likely it strikes a match. */
    probability?: number
  }): Promise<Injection>
  /** Remove all faults. */
  removeFaults(): Promise<RemovedFaults>
  /** Remove one fault. */
  removeFault(id: number): Promise<RemovedFaults>
  /** List what was scheduled with `after`, the next first. */
  listScheduled(): Promise<ScheduledList>
  /** Cancel everything that is scheduled. */
  cancelAllScheduled(): Promise<UnscheduledCommands>
  /** Cancel one scheduled command. */
  cancelScheduled(id: number): Promise<UnscheduledCommands>
  /** List what the vendors sent, each attempt and its outcome. */
  listDeliveries(): Promise<DeliveryList>
  /**
   * Choose whether deliveries leave by themselves (`auto`) or wait for the tester (`held`). Deliveries that are held
   * stay held.
   */
  setDeliveries(body: {
    /** auto: they leave by themselves; held: they wait for the tester. */
    mode: 'auto' | 'held'
  }): Promise<DeliveryMode>
  /** Let a held delivery leave. */
  releaseDelivery(id: number): Promise<ReleasedDelivery>
  /** Send a delivery once more, now. */
  doubleDelivery(id: number): Promise<RepeatedDelivery>
  /** Drop a delivery. The vendor sees the error `dropped`. */
  dropDelivery(id: number): Promise<DroppedDelivery>
  /** Read a vendor's whole state, in a form that can be loaded again. */
  readState(vendor: VendorName): Promise<Record<string, any>>
  /** Replace a vendor's state. A state that contradicts itself is refused, and nothing changes. */
  loadState(vendor: VendorName, body: Record<string, any>): Promise<LoadedState>
  /** List a vendor's devices, as a person in front of them sees them. */
  listDevices(vendor: VendorName): Promise<DeviceList>
  /** List the actions of a vendor's devices and staff, with the JSON schemas of their arguments. */
  listActions(vendor: VendorName): Promise<ActionForms>
  /** List what runs out (tokens, rate windows, quotas), and what each device holds. */
  showDisplay(vendor: VendorName): Promise<Shown>
  /** List the requests that a vendor takes, filled in with what exists in this world. */
  listRequests(vendor: VendorName): Promise<RequestForms>
  /**
   * Send a request to a vendor, as any client does. It enters the world like a request to the vendor's own address, and
   * counts for rates and quotas. `{{token}}` and other placeholders in target, headers and body are replaced by this
   * world's credentials. A request that waits has a `ticket` and no `answer`: a later turn answers it.
   */
  sendRequest(vendor: VendorName, body: {
    /** The HTTP method. */
    method: string
    /** Path and query, percent-encoded, as after the vendor's address. */
    target: string
    /** The vendor's site; without it, the main one. */
    site?: string
    /** Names and values, in their order. */
    headers?: Array<[string, string]>
    /** The body, as text. */
    body?: string
  }): Promise<JournalEntry>
  /** List steps that show something: requests, device actions, waits. */
  listRecipes(vendor: VendorName): Promise<RecipeList>
  /**
   * Act on a device, now or `after` some seconds. The body has the action's own arguments, and `after`. A refusal by
   * the hardware is a 200 that says so; 409 means that the action is impossible now.
   */
  actOnDevice<V extends VendorName, A extends string & keyof DeviceActions[V]>(vendor: V, device: string, action: A, body?: DeviceActions[V][A] & { after?: number }): Promise<Record<string, any>>
  /**
   * Do what the vendor's own staff or the account's owner does, now or `after` some seconds. The body has the action's
   * own arguments, and `after`.
   */
  callSupport<V extends VendorName, A extends string & keyof SupportActions[V]>(vendor: V, action: A, body?: SupportActions[V][A] & { after?: number }): Promise<Record<string, any>>
}

export type VendorName = 'noke' | 'remotelock' | 'lockt' | 'codelocks' | 'nuki'

/** Vendor → the actions of its devices → their arguments. */
export interface DeviceActions {
  noke: {
    /** Touch the lock's button: it wakes, in a new session. The session is "" when it is flat or in update mode. */
    wake: {}
    /** Bring the lock commands of /unlock/, /unshackle/, /engagelock/ or /fwupdate/. */
    deliver: {
      commands: string
    }
    /** Unlock with an offline key, from a phone without network. It wakes the lock if it sleeps. */
    offline_unlock: {
      offline_key: string
      unlock_command: string
    }
    /** Enter a code by short (0) and long (1) presses. */
    quick_click: {
      code: string
    }
    /** Pull the shackle, or push it in. Without `to`: whichever it is not. */
    shackle: {
      to?: 'in' | 'out' | 'pulled' | null
    }
    /** Let the lock fall asleep, which ends its session. */
    sleep: {}
    /** Set the voltage of the internal battery (by default 2850 mV, the lowest level) and of the external one. */
    battery: {
      millivolts?: number | null
      external?: number | null
      replaced?: boolean
    } | {
      millivolts?: number
    }
    /**
     * Reset the lock's keys on the server, with offline and fob keys. The lock gets new keys at its next online unlock.
     */
    reset_keys: {}
    /** Let the lock notice something that no other action causes. An access code opens the lock. */
    notice: {
      what?: 'alarm_triggered' | 'proximity_stats' | 'unknown' | 'unlock_via_access_code'
    }
    /** Load a firmware file onto a lock in update mode. */
    load_firmware: {
      version?: string
    }
    /** Let the clock of a lock or fob gain `drift` seconds a day; negative: lose. */
    clock: {
      drift?: number
    }
    /** Squeeze the fob: it wakes, in a new session. The session is "" when it is flat. */
    squeeze: {}
    /** Touch the lock's button and squeeze the fob near it. */
    touch: {
      lock: string
    }
  }
  remotelock: {
    /** Type a pin on the keypad. The lock decides by what it has stored. */
    enter_pin: {
      pin: string | number
    }
    /** Hold a card to the reader. */
    present_card: {
      card_number?: string | number
    }
    /** Turn the knob by hand; without `to`, to the other side. A lock without power does not notice. */
    turn: {
      to?: 'locked' | 'unlocked' | null
    }
    /** Have the lock contact the cloud now, as at its heartbeat. */
    heartbeat: {}
    /** Set the battery to a percentage. A higher one than before is a new battery (of this type): the lock restarts. */
    battery: {
      level?: number
      source?: 'alkaline_battery' | 'hardwire' | 'lithium_battery' | null
    } | {
      level?: number
    }
    /** Take the lock's Wi-Fi away or bring it back, after which it contacts the cloud; without `on`, toggle it. */
    network: {
      on?: boolean | null
    }
    /** Program a local pin at the keypad, with the programming code. */
    program_pin: {
      code: string | number
      pin: string | number
    }
    /** Reset the lock to its factory settings. It has no grants until its next contact. */
    reset: {}
    /** Set the device's clock `offset` seconds ahead of the true time, and let it gain `drift` seconds a day. */
    clock: {
      offset?: number
      drift?: number | null
    }
    /** Make a shorter code of one's own, of 3 to 5 digits, with a guest's pin. */
    program_code: {
      pin: string | number
      code: string | number
    }
    /** Open the door, from inside or by force, wherever its bolt is. The controller reports it. */
    open: {}
    /** Close the door. */
    close: {}
    /** Hold the door open for longer than its controller allows. */
    hold_open: {}
    /** Press the exit button inside, next to the door. */
    request_exit: {}
    /** Set the room's temperature and humidity; without arguments, a degree warmer. The thermostat reports changes. */
    measure: {
      temperature?: number | null
      humidity?: number | null
    } | {
      voltage?: number | null
      power?: number | null
      power_factor?: number | null
      current?: number | null
      frequency?: number | null
      total_power?: number | null
      occupied?: boolean | null
    }
    /** Press the button on the plug, which switches it on or off. */
    press: {}
  }
  lockt: {
    /**
     * Show a card or fob with this number. Return whether it is granted, and the event's id (None while its bridge is
     * offline).
     */
    present_card: {
      card_num: string | number
    }
    /** Show a phone. */
    present_credential: {
      card_num?: string | number | null
      phone?: string | null
    }
    /** Set the battery: `level` from 0 to 1, `missing` if it is taken out. Without arguments, put in a new one. */
    battery: {
      level?: number | null
      missing?: boolean | null
    }
    /** Set the core's clock `offset` seconds ahead of the true time, and let it gain `drift` seconds a day. */
    clock: {
      offset?: number
      drift?: number | null
    }
    /** Type a registration key into the phone's app; by default that of the first unclaimed credential. */
    claim: {
      credential_key?: string | null
    }
    /** Take the bridge off the network, or bring it back. Without `on`, switch to the other state. */
    network: {
      on?: boolean | null
    }
  }
  codelocks: {
    /** Type an initialisation sequence, as /init returns it. */
    initialise: {
      sequence?: string | null
    }
    /** Type a NetCode. `reason`: netcode, not_valid_now, clock_not_set, not_initialised or batteries_flat. */
    enter_netcode: {
      code: string
    }
    /**
     * Type a master code (without `code`: the lock's own). The lock's own always opens it, unless the batteries are
     * flat.
     */
    enter_master: {
      code?: string | null
    }
    /** Replace the batteries: the clock stops until it is set by `set_clock` or `initialise`. */
    replace_batteries: {}
    /** Set the charge of the batteries that are in the lock, from 0 (flat) to 1. Below 0.2 they are low. */
    battery: {
      level?: number
    }
    /** Set the clock by hand, to now in UTC or to `late` seconds before now. The initialisation stays. */
    set_clock: {
      late?: number
    }
    /** Put the clock `offset` seconds ahead of the true time, and let it gain `drift` seconds a day. */
    clock: {
      offset?: number
      drift?: number | null
    }
    /** Put the clock forward by so many seconds, or back if they are below zero. */
    drift: {
      seconds?: number
    }
    /** Try to open by Bluetooth with a phone. If the lock opens, it also syncs. */
    unlock_by_phone: {
      phone?: string | null
    }
    /**
     * Sync by Bluetooth: the lock reports its new events to the server, and its clock is set. `heard` is their number.
     */
    sync: {}
    /** Connect a Wi-Fi gateway, or disconnect it. Without `on`: change to the other of the two. */
    gateway: {
      on?: boolean | null
    }
    /** Accept an invitation to `lock` (without it: the first invitation). */
    accept: {
      lock?: string | null
    }
    /** Decline an invitation to `lock` (without it: the first invitation). */
    decline: {
      lock?: string | null
    }
  }
  nuki: {
    /** Press the bridge's button (on a software bridge: confirm in its app), which answers every open /auth window. */
    press_button: {}
    /** Connect or disconnect the power (`on`); without an argument, switch it over. Booting takes 30 s. */
    power: {
      on?: boolean | null
    }
    /**
     * Switch the connection to the Nuki server (`on`) and the WLAN (`wlan`), without which no call reaches the bridge.
     */
    network: {
      on?: boolean | null
      wlan?: boolean | null
    }
    /** Set the bridge's clock `offset` seconds ahead of the true time, and let it gain `drift` seconds a day. */
    clock: {
      offset?: number
      drift?: number | null
    }
    /** Turn the knob by hand; without `to` from locked to unlocked, and from any other state to locked. */
    turn: {
      to?: 'locked' | 'undefined' | 'unlatched' | 'unlocked' | null
    }
    /** Block the bolt, or unblock it (`on` false). The motor meets the obstacle at the end of its phase. */
    jam: {
      on?: boolean
    }
    /**
     * Set the charge of the lock's batteries: `full`, `critical` (the motor still runs) or `flat` (the lock is
     * offline).
     */
    battery: {
      level?: 'critical' | 'flat' | 'full'
      percent?: number | null
    }
    /** Move the lock out of the bridge's range, or back (`in_range`), with this signal strength (`rssi`, in dBm). */
    range: {
      in_range?: boolean
      rssi?: number | null
    }
    /** Calibrate the lock, which leaves it unlocked, or clear its calibration (`calibrated` false). */
    calibrate: {
      calibrated?: boolean
    }
  }
}

/** Vendor → what its staff or the owner does → the arguments. */
export interface SupportActions {
  noke: {
    /** Reset a lock on the server; without `lock` all stuck locks. It is no longer stuck, and must be set up again. */
    reset_lock: {
      lock?: string | null
    }
    /** Move a lock to the other database, with its keys. It must be set up there. What was issued for it is revoked. */
    move_lock: {
      lock: string
      to?: 'production' | 'sandbox' | null
    }
    /** Return a lock with this firmware, without a setting that the firmware does not support. */
    firmware: {
      lock: string
      version?: string
    }
    /** Add a padlock that is set up, on a server. `name` is who registered it: a lock has no name there. */
    add_lock: {
      name?: string
      server?: 'production' | 'sandbox'
    }
    /** Let the pre-release servers run the changed behaviour: 1.0.0 is their default API version. */
    pre_release: {
      on?: boolean
    }
  }
  remotelock: {
    /** Withdraw a user's consent from one application, or from all; without `email`, every user's. */
    revoke_consent: {
      email?: string | null
      client_id?: string | null
    }
    /** End the account's subscription, or activate it again. `account` is an id, by default the application's. */
    subscription: {
      active?: boolean
      account?: string | null
    }
    /** Set how many access users the account may have; null is any number. Existing users stay. */
    subuser_limit: {
      limit?: number | null
      account?: string | null
    }
    /** Create an access user as an integration does (a booking service), with this PIN or a random one. */
    integration_user: {
      name?: string
      pin?: string | null
      account?: string | null
    }
    /** Add a lock that is registered and has just contacted the cloud, with a full battery and factory settings. */
    add_lock: {
      name?: string
      model?: string
      account?: string | null
    }
  }
  lockt: {
    /** Begin a communication failure with the customer's instance, or (`on: false`) end it. */
    instance: {
      on?: boolean
      failing?: 'record' | 'template'
    }
    /** Switch the operations that are pending release on or off. Without `on`, switch to the other state. */
    pending_release: {
      on?: boolean | null
    }
    /** Refuse plain http from now on, as the vendor does. By default the simulator accepts it. */
    https_only: {
      on?: boolean
    }
    /** Set how many events the system keeps. The oldest ones beyond that are dropped at once. */
    event_cache: {
      size?: number
    }
    /** Disable a door in SecureAccess, or (`enabled: true`) enable it. */
    door: {
      door: number
      enabled?: boolean
    }
    /** Add a door with a core of its own and a full battery, at the first bridge. No access level has it yet. */
    add_door: {
      name?: string
      location?: string
    }
    /** Set the time zone of the customer's instance. Schedules are in this zone. */
    time_zone: {
      name?: string
    }
  }
  codelocks: {
    /** Change the subscription plan from now on (without `plan`: show the present one). Used calls stay used. */
    plan: {
      plan?: string | null
    }
    /** Add calls to the current month. */
    bolt_on: {
      netcode?: number
      utility?: number
    }
    /** Change the account's access key to `key` (without it: to a random one), as the account's owner does. */
    access_key: {
      key?: string | null
    }
    /** Suspend the API key and make another one, as Customer Support does. */
    api_key: {}
    /** Register a person with K3 Connect; the person then has a phone. */
    register: {
      email: string
    }
    /** Add a KitLock with full batteries and a clock that is right. It is not initialised yet. */
    add_kitlock: {
      name?: string
      model?: string
      master?: string
    }
  }
  nuki: {
    /**
     * Pair a lock with the bridge in whose range it is, under a name; without `lock` the first unpaired lock within
     * range.
     */
    pair: {
      lock?: string | number | null
      name?: string | null
    }
    /** Set the API token and enable the API; without `token` make a new random one, with "" disable the API. */
    set_token: {
      token?: string | null
      bridge?: string | number | null
    }
    /** Switch discovery and /auth on or off, as /configAuth does; without `on`, switch them over. */
    discovery: {
      on?: boolean | null
      bridge?: string | number | null
    }
    /** Make the bridge a software bridge (an app on a phone or tablet), or a hardware bridge again. */
    bridge_type: {
      kind?: 'hardware' | 'software'
      bridge?: string | number | null
    }
    /** Let a lock that was idle for more than 10 minutes miss the first action, from now on. Off by default. */
    drowsy: {
      on?: boolean
      bridge?: string | number | null
    }
    /** Set up another bridge in the same network, with a token and two locks of its own: one paired, one in range. */
    add_bridge: {}
    /** Add a lock that is paired with a bridge: locked, in range, with full batteries. */
    add_lock: {
      name?: string
      bridge?: string | number | null
    }
  }
}

/** A clock as the control API takes it. `rate` alone selects the mode: 1 is `real`, 60 is `x60`. */
export interface ClockOptions {
  /** How time passes: manual, auto, real, or x60. */
  mode?: string | null
  /** The world's time. It never goes back. */
  now?: string | null
  /** World seconds per real second. */
  rate?: number | null
}

/** The vendor refuses the request in its own format. `name` is one of the vendor's refusals. */
export interface Refuse {
  kind: 'refuse'
  name: string
}

/** The request reaches the vendor late, or is done at once and its answer leaves late. */
export interface Delay {
  kind: 'delay'
  seconds: number
  of?: 'answer' | 'request'
}

/** The connection breaks before the vendor gets the request, or after it has done it. */
export interface Reset {
  kind: 'reset'
  when?: 'after' | 'before'
}

/** The connection breaks after so many bytes of the answer's body. A shorter body arrives complete. */
export interface Truncate {
  kind: 'truncate'
  bytes: number
}

/**
 * Something on the way answers 200 with a page of HTML, as a captive portal does. The vendor never gets the request.
 */
export interface Page {
  kind: 'page'
}

/** A device action happens just before the request is served: out of range, jammed, battery empty. */
export interface Act {
  kind: 'act'
  device: string
  action: string
  args?: Record<string, any>
}

/** A delivery never leaves. Its sender gets this status, or this error. */
export interface Lose {
  kind: 'lose'
  status?: number | null
  error?: string
}

/** A delivery leaves twice. */
export interface Double {
  kind: 'double'
}

/** A delivery leaves so many seconds later. */
export interface Late {
  kind: 'late'
  seconds: number
}

/** A delivery is held until the tester releases it. */
export interface Hold {
  kind: 'hold'
}

/** The addresses and credentials of everything that the server runs. */
export interface ConnectionInfo {
  version: string
  control: string
  console: string
  world: string
  vendors: Record<string, VendorAddress>
  /** With `--tls`: the path of the certificate that clients must trust. */
  ca?: string
}

/** A vendor's main address, its credentials, and what else it has (other addresses). */
export interface VendorAddress {
  url: string
  credentials: Record<string, any>
  [member: string]: any
}

/** Whether requests are welcome, and the name of this node in its cluster. */
export interface Health {
  status: 'draining' | 'ok'
  node: string | null
}

/** All worlds, oldest first. */
export interface WorldList {
  worlds: Array<WorldSummary>
}

/** A world, without its addresses. */
export interface WorldSummary {
  name: string
  seed: number
  profile: 'documented' | 'observed'
  limits: 'off' | 'on'
  /** The most that any device's clock gains or loses, in seconds a day. Each device has its own drift. */
  clock_drift: number
  /** How fast batteries drain, compared with the vendor's figure; 0: not at all. */
  battery_drain: number
  start: string
  clock: Clock
  ports: boolean
  /** Requests that wait for an answer. */
  waiting: number
}

/** A world's clock. */
export interface Clock {
  /** How time passes: manual, auto, real, or a scale as x60. */
  mode: string
  now: string
  /** World seconds per real second. */
  rate: number
}

/** A world, with its vendors' addresses and credentials. */
export interface WorldDetails {
  name: string
  seed: number
  profile: 'documented' | 'observed'
  limits: 'off' | 'on'
  /** The most that any device's clock gains or loses, in seconds a day. Each device has its own drift. */
  clock_drift: number
  /** How fast batteries drain, compared with the vendor's figure; 0: not at all. */
  battery_drain: number
  start: string
  clock: Clock
  ports: boolean
  /** Requests that wait for an answer. */
  waiting: number
  vendors: Record<string, VendorAddress>
}

/** The name of the world that was dropped. */
export interface DroppedWorld {
  dropped: string
}

/** The names of a world's snapshots, in alphabetical order. */
export interface SnapshotList {
  snapshots: Array<string>
}

/** A snapshot's name, and the world's time in it. */
export interface KeptSnapshot {
  name: string
  at: string
}

/** Whether rate limits and quotas apply. */
export interface LimitsState {
  limits: 'off' | 'on'
}

/** How far clocks drift and how fast batteries drain. */
export interface WorldPhysics {
  /** The most that any device's clock gains or loses, in seconds a day. Each device has its own drift. */
  clock_drift: number
  /** How fast batteries drain, compared with the vendor's figure; 0: not at all. */
  battery_drain: number
}

/** The variants that are injected, and all that can be. */
export interface VariantsState {
  planted: Array<string>
  variants: Array<KnownVariant>
}

/** A change that a vendor might make. */
export interface KnownVariant {
  id: string
  vendor: string
  sentence: string
  class: 'enum value' | 'error body' | 'header' | 'key gone' | 'key new' | 'null' | 'order' | 'paging' | 'side effect' | 'status' | 'timing' | 'type'
  weight: 'breaking' | 'harmless' | 'risky'
}

/** The ids of the injected variants. */
export interface ChosenVariants {
  variants: Array<string>
}

/** A served world's clock. */
export interface ServedClock {
  /** How time passes: manual, auto, real, or a scale as x60. */
  mode: string
  now: string
  /** World seconds per real second. */
  rate: number
  /** In `auto`: real seconds without any call before the world moves on. */
  moment: number
}

/** What happens next by itself, the next first; 200 items at most. */
export interface DueList {
  due: Array<DueItem>
}

/** Something that happens by itself at a time. */
export interface DueItem {
  at: string
  kind: string
  vendor: string
  what: string
  id: number
}

/** Entries of the journal. `last` is the number of the newest entry that there is. */
export interface JournalPage {
  entries: Array<JournalEntry>
  last: number
}

/**
 * One turn of the world. `kind` says what entered; members of other kinds, and what did not come of the turn, are left
 * out.
 */
export interface JournalEntry {
  n: number
  at: string
  kind: 'act' | 'control' | 'gone' | 'outcome' | 'request' | 'restarted' | 'tick'
  vendor?: string
  site?: string
  method?: string
  target?: string
  /** Names and values, in their order. */
  headers?: Array<[string, string]>
  body?: string
  body_base64?: string
  timer?: number
  /** What the timer is. */
  event?: string
  device?: string | null
  action?: string
  args?: Record<string, any>
  planned?: number
  attempt?: number
  status?: number | null
  error?: string | null
  op?: string
  addresses?: Record<string, string>
  ticket?: number
  answer?: JournalAnswer
  resolved?: Array<ResolvedRequest>
  result?: Record<string, any>
  refused?: JournalRefusal
  sent?: Array<number>
  misses?: Array<string>
  struck?: Array<number>
  failed?: string
}

/** An answer to a request. `cut` is what the connection did: 0, it was reset; n, it broke after n bytes of the body. */
export interface JournalAnswer {
  status: number
  /** Names and values, in their order. */
  headers: Array<[string, string]>
  body?: string
  body_base64?: string
  cut?: number
}

/** A pending request that this turn answered. */
export interface ResolvedRequest {
  ticket: number
  answer: JournalAnswer
}

/** Why a device action or a command was refused. */
export interface JournalRefusal {
  status: number
  error: string
}

/** A world right after one turn, as it can be looked at and not changed. */
export interface Moment {
  at: string
  changes: Array<Change>
  devices: Record<string, Array<Device>>
  due: Array<DueItem>
  /** By vendor: what runs out, what devices hold. */
  shown: Record<string, Shown>
  /** The rules of FIDELITY.md that the turn is about. */
  rules: Array<Rule>
  entry?: JournalEntry
}

/** A member of a vendor's state that a turn changed. A member that is missing was, or is, not there. */
export interface Change {
  vendor: string
  path: string
  was?: any
  now?: any
}

/** A piece of hardware as the control API shows it. `state` is what a person who stands in front of it can see. */
export interface Device {
  id: string
  kind: string
  state: Record<string, any>
  actions: Array<string>
}

/** What runs out, and what each device holds: device id → lines. */
export interface Shown {
  gauges: Array<Gauge>
  holdings: Record<string, Array<Holding>>
}

/** Something that runs out: by use (`used` of `total`), by time (from `begins` to `ends`), or by both. */
export interface Gauge {
  title: string
  then: string
  used: number | null
  total: number | null
  begins: string | null
  ends: string | null
  device: string
}

/**
 * Something that a device holds, or that is still on its way to or from it. `held`: the device has it. `arriving`: the
 * server has it, the device does not yet. `leaving`: the device has it, though the server has taken it back or changed
 * it. `reporting`: the device has it, the server does not know yet. `failed`: the device cannot take it.
 */
export interface Holding {
  what: string
  state: 'arriving' | 'failed' | 'held' | 'leaving' | 'reporting'
  detail: string
}

/** A row of a FIDELITY.md, and how sure it is that the turn is about it. */
export interface Rule {
  id: string
  sentence: string
  evidence: 'assumed' | 'documented' | 'observed'
  place: string
  about: 'answer' | 'operation'
}

/** The injected faults, oldest first. */
export interface FaultList {
  faults: Array<Fault>
}

/** A fault, with how often it matched and struck. */
export interface Fault {
  /** What happens to the request or delivery. */
  effect: Refuse | Delay | Reset | Truncate | Page | Act | Lose | Double | Late | Hold
  /** Match only this vendor. */
  vendor: string | null
  /** Match only this HTTP method. */
  method: string | null
  /** A glob that the request's path must match; for a delivery, its receiver's URL. */
  path: string | null
  /** The first match that the fault may strike. */
  nth: number
  /** How often it strikes at most; null: no limit. */
  times: number | null
  /** How likely it strikes a match. */
  probability: number
  id: number
  matched: number
  struck: number
}

/** The id of an injected fault. */
export interface Injection {
  id: number
}

/** How many faults were removed. */
export interface RemovedFaults {
  lifted: number
}

/** The scheduled commands, the next first. */
export interface ScheduledList {
  plans: Array<ScheduledItem>
}

/** A device action or a command that runs later. */
export interface ScheduledItem {
  id: number
  at: string
  kind: 'act' | 'control'
  what: Record<string, any>
}

/** How many scheduled commands were cancelled. */
export interface UnscheduledCommands {
  forgotten: number
}

/** What the vendors sent, oldest first. */
export interface DeliveryList {
  mode: 'auto' | 'held'
  deliveries: Array<SentDelivery>
}

/** A callback, webhook, mail or text of a vendor. The body is text, or base64 in `body_base64` if it is not UTF-8. */
export interface SentDelivery {
  id: number
  vendor: string
  kind: string
  to: string
  at: string
  method: string
  /** Names and values, in their order. */
  headers: Array<[string, string]>
  body?: string
  body_base64?: string
  about: Record<string, string | number>
  attempts: Array<DeliveryAttempt>
}

/**
 * One attempt: `waiting` for its time, `due`, `held`, or over. What became of it is a `status`, or an `error`: refused,
 * timeout, blocked (not this machine), unresolved, broken, dropped.
 */
export interface DeliveryAttempt {
  id: number
  state: 'done' | 'due' | 'held' | 'waiting'
  due: string
  ended: string | null
  status: number | null
  error: string | null
}

/** Whether deliveries leave by themselves (`auto`) or wait for the tester (`held`). */
export interface DeliveryMode {
  mode: 'auto' | 'held'
}

/** How many held attempts of a delivery may leave now. */
export interface ReleasedDelivery {
  id: number
  released: number
}

/** The new attempt at a delivery. */
export interface RepeatedDelivery {
  id: number
  attempt: number
}

/** How many open attempts of a delivery were dropped. */
export interface DroppedDelivery {
  id: number
  dropped: number
}

/** The vendor whose state was loaded. */
export interface LoadedState {
  vendor: string
}

/** A vendor's devices, with the actions of each. */
export interface DeviceList {
  devices: Array<Device>
}

/** The actions of a vendor's devices by kind, and of its staff. */
export interface ActionForms {
  /** The vendor's name for people. */
  title: string
  devices: Record<string, Array<ActionForm>>
  support: Array<ActionForm>
}

/** An action, what it does, and the JSON schema of its arguments. */
export interface ActionForm {
  name: string
  title: string
  arguments: Record<string, any>
}

/** The requests that a vendor takes. */
export interface RequestForms {
  requests: Array<RequestForm>
}

/** A request that can be sent. Texts may have placeholders for credentials: `{{token}}`. */
export interface RequestForm {
  method: string
  path: string
  title: string
  chapter: string
  effect: string
  site: string
  fields: Array<RequestField>
  query: Array<[string, string]>
  headers: Array<[string, string]>
  body: string
  media_type: string
}

/** A parameter of the path, the query or a form. */
export interface RequestField {
  name: string
  where: string
  required: boolean
  value: string
  choices: Array<string>
  about: string
}

/** Steps that show something, with times from now on. */
export interface RecipeList {
  recipes: Array<Recipe>
}

/** Steps that show something, one after another. */
export interface Recipe {
  title: string
  about: string
  steps: Array<Step>
}

/**
 * One step of a recipe. `keep` names what later steps need of its result: name → path in it, as `data.id`. Texts may
 * have placeholders: `{{name}}` is a credential, or what an earlier step kept.
 */
export interface Step {
  title: string
  kind: 'act' | 'advance' | 'request' | 'support' | 'until'
  why: string
  method: string
  target: string
  headers: Array<[string, string]>
  body: string
  device: string
  action: string
  args: Record<string, any>
  until: string | null
  seconds: number
  keep: Record<string, string>
  site: string
}
