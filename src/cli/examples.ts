/**
 * Examples for the help of each command: the line, and what it does. Quotes as for a shell.
 */
export type Examples = Readonly<Record<string, string>>;

/** By the words of the command. */
export const EXAMPLES: Readonly<Record<string, Examples>> = {
  start: {
    'earshot start': 'talk with this machine: space begins and ends an utterance',
    'earshot start --once': 'one question, without a sound card from a bundled recording',
    'earshot start --input question.wav --output reply.wav --once': 'a question from a file, its answer into a file',
    'earshot start --mode wake --wake-word openwakeword:hey_jarvis': 'hands free',
  },
  setup: { 'earshot setup --label': "name and password of the device's access point" },
  reset: {
    'earshot reset': 'list what goes, and ask',
    'earshot reset --service --wifi': 'a device with the service, before it is given away',
  },
  run: {
    'earshot run': 'connect to the gateway in this network',
    'earshot run --gateway wss://voice.example.org': 'connect this device; the first time it shows a pairing code',
    'earshot run --gateway ws://192.168.1.5:4433 --device respeaker': 'with a certain sound card',
    'earshot run --gateway ws://127.0.0.1:4433 --mode voice --on "state:recording=notify-send Listening"':
      'speech begins a turn; a command runs at each',
  },
  gateway: {
    'earshot gateway': 'for devices on this machine',
    'earshot gateway --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem': 'for devices and pages in the network',
    'earshot gateway --responder ./my-responder.mjs --open': 'try a responder of your own, without tokens',
    'earshot gateway --assistant config.json --limit turns=30': 'with a configuration, and a limit for each device',
  },
  console: {
    'earshot console': 'a link to sign in with, valid once and for ten minutes',
    'earshot console --viewer': 'for somebody who may look and change nothing',
    'earshot console --list': 'who is signed in',
  },
  pair: { 'earshot pair list': 'paired devices, and those that wait' },
  'pair approve': { 'earshot pair approve 123456': 'the code that the device shows' },
  'pair list': { 'earshot pair list --json': 'one JSON object: those that wait, and those that are paired' },
  'pair revoke': { 'earshot pair revoke kitchen': 'its token is worth nothing from now on' },
  turns: {
    'earshot turns --device kitchen --limit 5': 'the last five of one device',
    'earshot turns --follow --json': 'each turn of each device when it has ended, for a program',
  },
  'turns play': {
    'earshot turns play 3f2a': 'listen to the turn whose id ends so',
    'earshot turns play 3f2a --output turn.wav': 'as a file',
  },
  settings: {
    'earshot settings kitchen': 'show all',
    'earshot settings kitchen volume=40 units=metric': 'change two',
    'earshot settings kitchen quiet=22:00-07:00': 'only urgent announcements at night',
    'earshot settings kitchen voice=': 'the default again',
  },
  quota: {
    'earshot quota': 'what there is',
    'earshot quota turns=200 speechSeconds=3600': 'a minute, of all devices of the tenant together',
    'EARSHOT_TENANT=acme earshot quota connections=50 bytes=': 'of another tenant; bytes are limited by --limit again',
  },
  say: {
    'earshot say kitchen "Dinner is ready"': 'when nobody speaks',
    'earshot say kitchen "The door is open" --priority urgent --expires 2m --wait': 'also in quiet hours; wait for it',
  },
  control: {
    'earshot control kitchen mute': 'close its microphone',
    'earshot control kitchen press': 'begin an utterance, where the device allows it',
  },
  'home-assistant': {
    'earshot home-assistant': 'the key, and the port of each device',
    'earshot home-assistant --json': 'the same, for a program',
  },
  replies: { 'earshot replies list': 'what is there' },
  'replies put': { 'earshot replies put offline offline.opus --text "I am offline."': 'add or replace one' },
  'replies list': { 'earshot replies list --json': 'one JSON array with all' },
  'replies remove': { 'earshot replies remove offline': 'devices forget it when they connect' },
  memory: { 'earshot memory show kitchen': 'the last messages of a device' },
  'memory show': { 'earshot memory show kitchen --limit 10': 'the last ten messages' },
  'memory lists': { 'earshot memory lists kitchen --json': 'shopping and other lists' },
  'memory forget': { 'earshot memory forget kitchen --yes': 'all messages of a device, without a question' },
  cloud: { 'earshot cloud status': 'how much is stored' },
  'cloud status': { 'earshot cloud status --json': 'for a program' },
  'cloud export': {
    'earshot cloud export backup.zip': 'all data, also while the gateway runs',
    'earshot cloud export - --yes': 'to standard output, for another program',
  },
  'cloud import': {
    'earshot cloud import backup.zip': 'into an empty cloud',
    'earshot cloud import backup.zip --replace --yes': 'in place of what is there',
  },
  'cloud install': {
    'earshot cloud install': 'fetch the pinned release',
    'earshot cloud install --file convex-local-backend.zip': 'on a machine without a network',
  },
  'cloud start': {
    'earshot cloud start': 'until Ctrl-C, or earshot cloud stop; then, in another terminal: earshot gateway',
    'earshot cloud start --port 4210 --site-port 4211 --log-level info': 'at other ports',
  },
  'cloud admin-key': { 'earshot cloud admin-key --json': 'address and key, for npx convex' },
  'cloud jwks': { 'earshot cloud jwks': 'for npx convex env set EARSHOT_JWKS' },
  'cloud stop': { 'earshot cloud stop': 'wait until it has ended' },
  models: {
    'earshot models': 'what there is, and how large it is',
    'earshot models fetch': 'all that the assistant needs',
  },
  'models list': { 'earshot models list --json': 'one JSON object with all' },
  'models fetch': {
    'earshot models fetch moonshine-tiny flite': 'certain ones',
    'earshot models fetch wake:hey_jarvis --accept-licence': 'a wake word, which is not free for every use',
    'npm_config_registry=https://mirror.example/npm/ earshot models fetch': 'from another registry',
  },
  'models verify': { 'earshot models verify moonshine-tiny': 'compare its files with their hashes' },
  'models remove': { 'earshot models remove moonshine-tiny': 'free its space' },
  wake: { 'earshot wake test --wake-word openwakeword:hey_jarvis': 'try a wake word with the microphone' },
  'wake test': {
    'earshot wake test --wake-word openwakeword:hey_jarvis': 'with the microphone',
    'earshot wake test --wake-word openwakeword:./wake-hey-earshot.json --input evening.wav': 'with a recording',
  },
  'wake train': {
    'earshot wake train "hey earshot"': 'with synthetic voices',
    'earshot wake train "hey earshot" --recordings ~/wake --output hey.json': 'and with your own',
  },
  'dead-letters': { 'earshot dead-letters': 'what the cloud rejected, and why' },
  'dead-letters retry': { 'earshot dead-letters retry --all': 'after the cause is mended' },
  'dead-letters delete': { 'earshot dead-letters delete --all': 'with their recordings' },
  simulate: {
    'earshot simulate --trace delays.txt --packet-ms 60 --input speech.wav --plot delay.svg':
      'delay and concealment, as a table and a plot',
    'earshot simulate --trace delays.txt --packet-ms 60 --input speech.wav --playback fixed --output heard.wav':
      'what it sounds like',
  },
  loss: { 'earshot loss --input speech.wav --rates 5,10 --output heard': 'a file for each rate and method' },
  eval: {
    'earshot eval --fast': 'every question in every voice',
    'earshot eval --voices rms --half held-out': 'the whole line, with delays',
    'earshot eval --fast --voices rms --noise none,20,10': 'in noise',
    'earshot eval --suite mine.json --recordings my-voice': 'your own questions in your own voice',
    'earshot eval --fast --min-right 90 --max-wer 10 --json': 'for a script',
  },
  latency: {
    'earshot latency': 'on this machine, without a sound card',
    'earshot latency --gateway wss://voice.example.org --iterations 50': 'over a network',
    'earshot latency --acoustic': 'from loudspeaker to microphone',
  },
  replay: {
    'earshot replay flight.jsonl.gz': 'in a browser',
    'earshot replay flight.jsonl.gz --check': 'do the machines reach the same states today?',
  },
  devices: {
    'earshot devices': 'and which are chosen',
    'earshot devices --device respeaker --json': 'for a program',
  },
  'devices test': {
    'earshot devices test': 'hear a tone, say something, hear it again',
    'earshot devices test --input-device respeaker --recording me.wav': 'another microphone, and keep the recording',
  },
  doctor: {
    'earshot doctor': 'sound, network, memory, clock',
    'earshot doctor --gateway wss://voice.example.org': 'and the way to a gateway',
  },
  load: {
    'earshot load --gateway ws://127.0.0.1:4433 --devices 200':
      'after: earshot gateway --open --ephemeral --responder parrot --limit connections=off,connectionsPerAddress=off',
    'earshot load --gateway ws://127.0.0.1:4433 --devices 1000 --arrivals morning --network mix --plot morning.svg':
      'many turns at the same time, over networks as they are',
    'earshot load --gateway ws://127.0.0.1:4433 --devices 500 --seconds 60 --storm 20 --json':
      'after 20 s all connections are cut',
    'earshot load --gateway ws://127.0.0.1:4433 --devices 2000 --ramp --seconds 15 --plot ramp.svg':
      'how many it bears',
    'earshot load --gateway wss://voice.example.org --devices 50 --pair':
      'with tokens; CONVEX_URL and EARSHOT_GATEWAY_KEY must be set',
  },
  update: {
    'earshot update --check': 'is there a newer version?',
    'earshot update': 'the newest version; the old one is back if it does not get ready',
    'earshot update --from earshot-0.2.0-linux-arm64.tgz': 'without a network, from a bundle',
    'earshot update --rollback': 'the version before',
  },
  monitor: {
    'earshot monitor': 'the only daemon of this machine',
    'earshot monitor --pid 4711 --prometheus': 'once, for Prometheus',
  },
  analyze: { 'earshot analyze recording.wav --json': 'for a program' },
  opus: { 'earshot opus --input speech.wav --bitrate 16000 --output speech.opus': 'smaller, and how it sounds' },
  config: {
    'earshot config': 'all that is set',
    'earshot config run': 'each option of one command, with its value and where that comes from',
  },
  completion: {
    'earshot completion bash > ~/.local/share/bash-completion/completions/earshot': 'for bash',
    'earshot completion zsh > ~/.zfunc/_earshot': 'for zsh; fpath must have ~/.zfunc before compinit',
    'earshot completion fish > ~/.config/fish/completions/earshot.fish': 'for fish',
  },
};
