// The passwords that are guessed first. Compared without regard to upper and lower case.

const words = `
password password1 password12 password123 password1234 passw0rd p@ssword p@ssw0rd p@ssword1 pa55word passwort passwords
12345678 123456789 1234567890 12345678910 0123456789 123123123 11111111 111111111 1111111111 00000000 000000000 0000000000
22222222 33333333 44444444 55555555 66666666 77777777 88888888 99999999 999999999 87654321 987654321 9876543210 12341234
12121212 11223344 1122334455 112233445566 123454321 12344321 1234abcd 123qweasd 123qweasdzxc 147258369 159357159 159753159
147852369 741852963 789456123 456789123 31415926 314159265 20202020 qwertyui qwertyuiop qwerty12 qwerty123 qwerty1234
qwerty12345 qwerty123456 qwer1234 qwerasdf qwe123qwe q1w2e3r4 q1w2e3r4t5 q1w2e3r4t5y6 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y
1qaz2wsx 1qaz2wsx3edc 1qazxsw2 zaq12wsx zaq1zaq1 zxcvbnm1 zxcvbnm123 zxcvbnmm asdfghjk asdfghjkl asdfasdf asdf1234
asdfqwer qazwsxedc qazwsx123 abcdefgh abcdefghi abcdefg1 abcd1234 abc12345 abc123456 abc123abc a1234567 a12345678
a123456789 a1b2c3d4 a1b2c3d4e5 aa123456 aa12345678 aaaaaaaa aaaaaaaaaa asd123456 iloveyou iloveyou1 iloveyou2 iloveyou12
iloveyou123 ilovegod iloveme1 iloveme123 loveyou1 lovelove loveme123 sunshine sunshine1 princess princess1 princess12
princess123 football football1 football12 football123 baseball baseball1 basketball superman superman1 superman123 batman123
spiderman spiderman1 starwars starwars1 pokemon1 pokemon123 minecraft minecraft1 computer computer1 internet internet1
michael1 jennifer jessica1 jonathan samantha alexander alexandra victoria elizabeth charlie1 charlie123 michelle michelle1
nicholas benjamin danielle stephanie christian christopher veronica valentina trustno1 whatever whatever1 welcome1
welcome12 welcome123 welcome2 letmein1 letmein12 letmein123 letmein! changeme changeme1 changeme123 changeit default1
default123 admin123 admin1234 admin12345 admin123456 administrator adminadmin adminpass rootroot root1234 toor1234
guest123 guest1234 test1234 test12345 test123456 testtest testing1 testing123 temp1234 temppass user1234 username
username1 master123 master12 monkey123 monkey12 dragon123 dragon12 shadow123 shadow12 killer123 freedom1 freedom123
mustang1 corvette mercedes midnight midnight1 butterfly chocolate chocolate1 strawberry blink182 liverpool liverpool1
chelsea1 arsenal1 barcelona manchester realmadrid juventus
liverpoolfc ronaldo7 google123 facebook facebook1 linkedin linkedin1 dropbox1 samsung1 samsung123 hello123 hello1234
helloworld hellohello goodluck happy123 lucky123 nothing1 secret12 secret123 security security1 qwaszx12 asdzxc123
zxcv1234 poiuytrewq lkjhgfds mnbvcxz1 onetwothree letmeinnow iamthebest myspace1 fuckyou1 fuckyou123 asshole1 bitches1
summer123 summer2024 summer2025 winter123 winter2024 winter2025 spring2025 autumn2025 january1 december1 football7
greenroom greenroom1 greenroom123
`;

const common = new Set(words.split(/\s+/).filter((word) => word !== ''));

export const isCommonPassword = (password: string): boolean => common.has(password.toLowerCase());
