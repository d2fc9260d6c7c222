/**
 * What people ask for and no skill can do. Heard as such, it is not taken for something else.
 */
export const OUTSIDE: readonly string[] = [
  'weather|forecast|=rain|=raining|=snow|=snowing|=umbrella|=sunny|temperature outside',
  'music|=song|=songs|=play|=playlist|=radio|=album|=podcast',
  '=light|=lights|=lamp|=lamps|=heating|=thermostat|=blinds|=vacuum',
  '=news|headlines|=stock|=stocks|=traffic|=email|=emails',
  '=who is the|=who was|=who wrote|=who painted|=who invented|=capital of|=president|=tell me about|=why is|=why do|=why are|=how old|=how tall|=how far away|=how high|=how deep',
  '=translate|=send a message|=send a text|=order a|=order some|=book a',
];
