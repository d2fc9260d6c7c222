/** How people say that something is not needed any more. */
export const CANCEL =
  'cancel|stop|delete|remove|turn off|switch off|get rid of|end|clear|kill|abort|reset|disable|drop|scrap|dismiss|undo|throw out|throw away|=forget|=never mind|do not need|no longer need|not needed|not need|do not want|no longer want|do not have to|need not|=off|=do without|=changed my mind|=can go|=do away with|~council|~counsel|~deleague|~you leave';
