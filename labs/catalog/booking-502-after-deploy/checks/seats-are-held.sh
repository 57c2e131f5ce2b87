#!/bin/bash
# Beside the box, and as customers come: through nginx, with a number that nobody knows beforehand.
seats=$((RANDOM % 7 + 2))
answer=$(curl -s --max-time 5 -w '\n%{http_code}' -H 'Host: www.harbourline.example' -d "seats=$seats" http://127.0.0.1/booking/hold)
code=${answer##*$'\n'} answer=${answer%$'\n'*}
answer=${answer%$'\n'}
if [ "$answer" = "$seats seats from $HARBOUR are held for $HOLD_MINUTES minutes" ]; then
    echo "Seats are held, for as long as this release says and from its harbour."
elif [[ $answer == *"can't be saved"* ]]; then
    echo "The app answers and can't save a hold. As which user does it run, and to whom does its own directory belong?"
    exit 1
elif [[ $answer == *"seats from"* ]]; then
    echo "Seats are held otherwise than this release says: \"$answer\". What do its notes say of the harbour and the time?"
    exit 1
elif [ "$code" = 000 ]; then
    echo "Who asks for seats gets no answer at all. Does the web server itself run and listen?"
    exit 1
elif [[ $code == 50[24] ]]; then
    echo "Who asks for seats gets a $code. That is nginx speaking of somebody behind it, from whom it had no answer."
    exit 1
else
    echo "Who asks for seats gets an answer with code $code that holds none. The page is the app's, and so should be the answer to a hold."
    exit 1
fi
