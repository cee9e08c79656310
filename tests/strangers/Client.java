// In the manner of a Java client of 2016: HttpURLConnection, a Content-Type with a slip of the pen,
// a charset as Content-Encoding, and a Sign in lower case.
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.text.SimpleDateFormat;
import java.util.Base64;
import java.util.Date;
import java.util.TimeZone;

class Client {
    static final String SID = System.getenv("YTX_ACCOUNT_SID");

    static String ask(String version, String path, String json) throws Exception {
        SimpleDateFormat format = new SimpleDateFormat("yyyyMMddHHmmss");
        format.setTimeZone(TimeZone.getTimeZone("GMT+8"));
        String timestamp = format.format(new Date());
        byte[] text = (SID + System.getenv("YTX_AUTH_TOKEN") + timestamp).getBytes("UTF-8");
        StringBuilder sign = new StringBuilder();
        for (byte part : MessageDigest.getInstance("MD5").digest(text)) {
            sign.append(String.format("%02x", part));
        }
        URL url = new URL(System.getenv("YTX_BASE_URL") + "/" + version + "/sid/" + SID + path
            + "?Sign=" + sign);
        HttpURLConnection connection = (HttpURLConnection) url.openConnection();
        connection.setRequestMethod("POST");
        connection.setDoOutput(true);
        connection.setRequestProperty("Accept", "application/json;");
        connection.setRequestProperty("Content-Type", "application/x-www-from-urlencoded");
        connection.setRequestProperty("Content-Encoding", "UTF-8");
        connection.setRequestProperty("Authorization",
            Base64.getEncoder().encodeToString((SID + "|" + timestamp).getBytes("UTF-8")));
        try (OutputStream body = connection.getOutputStream()) {
            body.write(json.getBytes("UTF-8"));
        }
        String answer =
            new String(connection.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        new PrintStream(System.out, true, "UTF-8").println(answer);
        return answer;
    }

    static String meeting(String action, String rest) throws Exception {
        return ask("201612", "/call/TeleMeeting.wx", "{\"action\":\"" + action + "\",\"appid\":\""
            + System.getenv("YTX_APPID") + "\"," + rest + "}");
    }

    public static void main(String[] arguments) throws Exception {
        String app = "\"appid\":\"" + System.getenv("YTX_APPID") + "\"";
        String room = "\"confid\":\"" + System.getenv("YTX_CONFID") + "\"";
        meeting("lockMeeting", room + ",\"lackstate\":\"1\"");
        meeting("meetingState", room);
        ask("201612", "/account/getBlance.wx", "{" + app + ",\"action\":\"queryBlance\"}");
        ask("201512", "/call/DailbackCall.wx", "{\"action\":\"callDailBack\"," + app
            + ",\"src\":13800000001,\"dst\":13800000002,\"srctimeout\":30,\"credit\":180}");
        ask("201512", "/call/CallCdr.wx", "{\"action\":\"getCdrByResId\"," + app
            + ",\"fid\":\"4\",\"lastresid\":\"0\",\"limit\":1}");
        String made = meeting("createMeeting", "\"meetingname\":\"weekly\",\"creator\":\"\","
            + "\"parties\":[{\"name\":\"a\",\"phone\":\"13112341314\"},"
            + "{\"name\":\"b\",\"phone\":\"18912345326\"}],\"bookmeeting\":\"0\",\"confid\":\"\"");
        made = made.substring(made.indexOf("\"meid\":\"") + 8);
        room = "\"confid\":\"" + made.substring(0, made.indexOf('"')) + "\"";
        meeting("meetingState", room);
        meeting("lockMeeting", room + ",\"lackstate\":\"1\"");
        meeting("meetingState", room);
    }
}
