/**
 * What people ask for and no skill can do. Heard as such, it is not taken for something else.
 */

/** They tell how it is asked, and not for what. */
export const OUTSIDE_QUESTIONS =
  '=who is the|=who was|=who wrote|=who painted|=who invented|=who won|=who discovered|=population|=president|=tell me about|=tell me a story|=meaning of|=why is|=why do|=why are|=how old|=how tall|=how far away|=how high|=how deep';

export const OUTSIDE: readonly string[] = [
  'weather|forecast|=rain|=raining|=snow|=snowing|=umbrella|=sunny|=cloudy|=windy|=temperature|=how hot|=how cold|=how warm|=be cold|=be hot|=be warm|=cold outside|=warm outside|=hot outside|=like outside',
  'music|=jazz|=song|=songs|=play|=playlist|=radio|=album|=podcast|=movie|=television|=on tv|=the tv',
  '=light|=lights|=lamp|=lamps|=heating|=thermostat|=blinds|=vacuum',
  '=news|headlines|=stock|=stocks|=traffic|=email|=emails|=recipe|=restaurant|=restaurants',
  OUTSIDE_QUESTIONS,
  '=calendar|=appointment|=appointments|=new messages|=messages|=next match|=next game|=next bus|=next train|=how do i make|=how do you make|=how do i cook|=photo|=picture|=pictures',
  '=wrote|=written by|=was written|=painted by|=author|=novel|=capital|=win yesterday|=win last night|=win today|=the score|=the match|=the game|=football',
  '=taxi|=a cab|=uber|=flight|=flights|=highway|=traffic jam|=to the airport|=to the station|=to get to|=drive to|=fastest way|=fastest route|=quickest way|=shortest way|=which route|=which way',
  '=translate|=send a message|=send a text|=order a|=order some|=book a',
];

/** At the beginning: later in a sentence it may be what a reminder is about, or what is on a list. */
export const OUTSIDE_AT_BEGINNING =
  '=call my|=call the|=call mom|=call mum|=call dad|=phone my|=text my|=text mom|=send|=order|=buy me|=put on|=turn on the|=switch on the|=open the|=open my|=close the|=lock the|=unlock the|=dim the|=sing|=search for|=google|=where is|=where are|=how do i get to|=how long does it take|=how long will it take|=how long would it take|=get me a taxi|=get me a cab|=get me a pizza|=did the|=explain|=reserve a|=what is the price';

/** Words of the skills. Also on a list, or in a reminder, there may be music. */
export const OURS =
  '=remind|=reminder|=reminders|=list|=lists|=repeat|=spell|=timer|=timers|=alarm|=alarms|=say|=volume|=sound|=celsius|=fahrenheit|=convert|=calculate';
